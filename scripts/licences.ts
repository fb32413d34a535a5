import { readFile } from "node:fs/promises";

/**
 * Lists the licences of all packages that Muse runs with, and fails when one is not on the list of those that a
 * proprietary product may ship. Versions and licences are those of the lock file.
 */
const accepted = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "Python-2.0",
  "Unlicense",
  "Zlib",
]);

/** Accepted one by one: how a name begins → licence and reason. */
const exceptions: Readonly<Record<string, { readonly license: RegExp; readonly reason: string }>> = {
  "@img/sharp-": {
    license: /LGPL-3\.0-or-later/,
    reason: "libvips, linked dynamically and shipped unchanged with its licence",
  },
  duck: { license: /^BSD$/, reason: "its LICENSE file is the two-clause BSD licence" },
};

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

/** "(MIT OR Apache-2.0)" is fine when one of them is, "MIT AND X" when both are. */
function isAccepted(license: string): boolean {
  const text = license.replace(/^\(|\)$/g, "");
  if (text.includes(" OR ")) return text.split(" OR ").some((part) => isAccepted(part));
  return text.split(" AND ").every((part) => accepted.has(part.trim()));
}

const { packages } = JSON.parse(await readFile("package-lock.json", "utf8")) as {
  packages: Record<string, LockedPackage>;
};
const byLicence = new Map<string, string[]>();
let refused = 0;
for (const [path, { version, license = "none stated", dev, devOptional }] of Object.entries(packages)) {
  if (path === "" || dev === true || devOptional === true) continue;
  const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
  byLicence.set(license, [...(byLicence.get(license) ?? []), `${name} ${version}`]);
  const isExcepted = Object.entries(exceptions).some(
    ([prefix, exception]) => name.startsWith(prefix) && exception.license.test(license),
  );
  if (isAccepted(license) || isExcepted) continue;
  refused += 1;
  console.error(`not accepted: ${name} ${version} is ${license}`);
}
for (const [license, names] of [...byLicence].sort(([one], [other]) => one.localeCompare(other))) {
  console.log(`${license} (${names.length}): ${names.sort().join(", ")}`);
}
for (const [name, { reason }] of Object.entries(exceptions)) console.log(`exception ${name}*: ${reason}`);
if (refused > 0) process.exitCode = 1;
