/**
 * Replaces every `%NAME%` of a binding's property by the environment's value, as the real host does.
 * @throws Error with one line if such a setting is not there.
 */
export function resolveAppSettings(text: string, usedBy: string): string {
  return text.replaceAll(/%([^%]+)%/g, (_whole, name: string) => {
    const value = process.env[name];
    if (value === undefined || value === "") throw new Error(`The setting ${name} is missing: ${usedBy} needs it.`);
    return value;
  });
}
