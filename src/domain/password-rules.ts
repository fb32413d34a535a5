/** bcrypt reads no more than 72 bytes; a longer password would be cut in silence. */
export const passwordBytes = 72;
export const passwordMinimumLength = 10;

/** Parts of names that are shorter say nothing about a password that has them. */
const shortestOwnWord = 4;
/** What a password must have besides the owner's names. */
const ownPart = 5;

/** Whether a password is hardly more than the owner's own address or user name, which is what a guesser tries first. */
export function isOwnName(
  password: string,
  owner: { readonly email?: string | undefined; readonly username?: string | undefined },
): boolean {
  const given = password.toLowerCase();
  const words = [owner.email, owner.email?.split("@")[0], owner.username];
  return words.some(
    (word) => word !== undefined && word.length >= shortestOwnWord && given.replaceAll(word, "").length < ownPart,
  );
}
