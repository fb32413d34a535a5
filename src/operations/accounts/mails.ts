import type { Mail } from "../../ports/mail.ts";

const greeting = "Hello,";
const signature = "Muse";

function letter(to: string, subject: string, paragraphs: readonly string[]): Mail {
  return { to, subject, text: [greeting, ...paragraphs, signature].join("\n\n") };
}

const ignoreIt = "If you did not ask for this, you need not do anything.";

/** @param page the view of the page that uses the token up; the token stays in the fragment, out of every server's log */
function pageLink(publicBaseUrl: string, page: string, token: string): string {
  return `${publicBaseUrl}/#/${page}?token=${token}`;
}

export function verifyEmailMail(input: { to: string; publicBaseUrl: string; token: string }): Mail {
  return letter(input.to, "Confirm your e-mail address", [
    "please confirm that this address is yours:",
    pageLink(input.publicBaseUrl, "verify-email", input.token),
    "The link works once, for one hour.",
    ignoreIt,
  ]);
}

export function changeEmailMail(input: { to: string; publicBaseUrl: string; token: string }): Mail {
  return letter(input.to, "Confirm your new e-mail address", [
    "your account shall get this address. Please confirm that it is yours:",
    pageLink(input.publicBaseUrl, "verify-email", input.token),
    "The link works once, for one hour. Until then everything stays as it is.",
    ignoreIt,
  ]);
}

export function emailChangedMail(input: { to: string; publicBaseUrl: string }): Mail {
  return letter(input.to, "Your e-mail address was changed", [
    "your account has another e-mail address now, and was signed out everywhere else.",
    `If it was not you who changed it, answer this mail or write to the operator of ${input.publicBaseUrl}.`,
  ]);
}

export function resetPasswordMail(input: { to: string; publicBaseUrl: string; token: string }): Mail {
  return letter(input.to, "Choose a new password", [
    "here you can choose a new password for your account:",
    pageLink(input.publicBaseUrl, "reset-password", input.token),
    "The link works once, for one hour.",
    ignoreIt,
  ]);
}

export function passwordChangedMail(input: { to: string; publicBaseUrl: string }): Mail {
  return letter(input.to, "Your password was changed", [
    "the password of your account was changed, and the account was signed out everywhere else.",
    "If it was not you, choose a new one at once:",
    `${input.publicBaseUrl}/#/reset-password`,
  ]);
}
