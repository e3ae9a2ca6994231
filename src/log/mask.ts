const MASK = "***"

/** A `postgres://` URL as it may be shown: without its passwords. */
export function maskUrl(url: string): string {
  return (
    url
      // The last @ before the path: a password may hold one that was not escaped.
      .replace(
        /^(\w+:\/\/)([^:@/?]*):[^/?]*@/,
        (_, scheme, user) => `${scheme}${user}:${MASK}@`
      )
      .replace(/([?&](?:ssl)?password=)[^&]*/gi, `$1${MASK}`)
  )
}

/** The same for every URL in a text. */
export function maskUrls(text: string): string {
  return text.replace(/\bpostgres(?:ql)?:\/\/[^\s"'<>]+/gi, (url) =>
    maskUrl(url)
  )
}
