import { describe, expect, it } from "vitest";
import { looksSecret } from "../../../src/domain/secrets.ts";

/** Assembled, so that no scanner takes the test for a leak. */
const key = (prefix: string) => `${prefix}${"aB3".repeat(8)}`;

describe("secrets", () => {
  it.each([
    "my password is hunter2",
    "The passphrase: correct horse",
    "passcode 1234",
    "my PIN is 4321",
    "my pin code 4321",
    `use ${key("sk-")}`,
    `token ${key("ghp_")}`,
    `it is ${key("muse_sk_")}`,
    `AKIA${"ABCDEFGH12345678"}`,
    "my api key",
    "the API-key for the server",
    "access token",
    "here is eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
    "-----BEGIN PRIVATE KEY-----",
    "4242 4242 4242 4242",
    "card 4242-4242-4242-4242 ok",
    "5555555555554444",
    "my SSN",
    "it is 123-45-6789",
    "DE89 3704 0044 0532 0130 00",
    "GB82WEST12345698765432",
    "my IBAN",
    "the cvv is 123",
    "seed phrase: apple banana",
    "https://ada:secret@example.com/x",
    "d41d8cd98f00b204e9800998ecf8427e",
    "mein Passwort ist x",
    "mi contraseña es x",
    "mon mot de passe",
    "мой пароль",
    "密码是",
  ])("are seen in %j", (text) => {
    expect(looksSecret(text)).toBe(true);
  });

  it.each([
    "my name is Ada",
    "I live at 12 Park Lane, flat 4",
    "call me on 0171 234 567",
    "I was born on 12 March 1990",
    "my order is 1234 5678 9012 3456 7",
    "I collect pins and subway tokens",
    "I love cryptography and keyboards",
    "the antidisestablishmentarianism2 debate",
    "I work at https://example.com/about-us/people-and-places-2026",
    "my dog has 3 puppies",
    "",
  ])("are not seen in %j", (text) => {
    expect(looksSecret(text)).toBe(false);
  });
});
