/** One line a change, as its author wrote it for users: no commit hashes, no names. */
module.exports = {
  getReleaseLine: ({ summary }) =>
    Promise.resolve(`- ${summary.trim().replaceAll("\n", "\n  ")}`),
  // They concern packages of one repository that depend on each other.
  getDependencyReleaseLine: () => Promise.resolve(""),
}
