import { useTranslation } from "react-i18next"
import { en } from "../i18n/en"

export const NAMESPACE = "cachingPostgres"

type WithoutPlural<Name> = Name extends `${infer One}_${"one" | "other"}`
  ? One
  : Name
export type TextName = WithoutPlural<keyof typeof en>
export type Texts = (
  name: TextName,
  values?: Readonly<Record<string, string | number>>
) => string

/** The texts in the language of the admin user. Where there are none in it, or the admin takes none, they are English. */
export function useTexts(): { t: Texts; language: string } {
  const { t, i18n } = useTranslation(NAMESPACE)
  const english: Record<string, string> = en
  return {
    language: i18n.language,
    t: (name, values) =>
      t(name, {
        defaultValue: english[name] ?? english[`${name}_other`],
        defaultValue_one: english[`${name}_one`],
        // React escapes what it shows.
        interpolation: { escapeValue: false },
        ...values,
      }),
  }
}
