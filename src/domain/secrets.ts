/** Words beside which a secret stands, in the languages that users write most. */
const secretWords = new RegExp(
  [
    "pass ?(?:word|phrase|code|wort)s?\\b",
    "\\bpwd\\b",
    "\\bpin(?: ?codes?| numbers?)\\b",
    "\\bpin(?:'s| is| was|:|=)",
    "\\b(?:api|access|secret|private|encryption|licen[cs]e|ssh|auth|signing|recovery|master)[ _-]?keys?\\b",
    "\\b(?:access|auth|bearer|refresh|api|security|session)[ _-]?tokens?\\b",
    "\\btoken(?:'s| is|:|=)",
    "\\bcredentials?\\b",
    "\\bclient[ _-]?secret\\b",
    "\\b(?:cvv|cvc|cvc2|cvv2)\\b",
    "\\bsecurity (?:code|answer)\\b",
    "\\b(?:credit|debit|bank) ?cards?(?: number)?(?:'s| is|:| ends)",
    "\\bcard number\\b",
    "\\b(?:ssn|social security|national insurance number|tax id)\\b",
    "\\b(?:iban|routing number|sort code|account number)\\b",
    "\\b(?:passport|driver'?s? licen[cs]e|id card) number\\b",
    "\\b(?:seed|recovery|backup) (?:phrase|code|word)s?\\b",
    "\\b(?:otp|2fa|one[- ]time code|verification code)\\b",
    "contrase[nñ]a",
    "mot de passe",
    "\\bsenha\\b",
    "wachtwoord",
    "has[lł]o\\b",
    "парол",
    "密码",
    "密碼",
    "パスワード",
    "비밀번호",
  ].join("|"),
  "iu",
);

/** Shapes that are secrets by themselves. Sources: the prefixes that the vendors document for secret scanning. */
const secretShapes =
  /-----BEGIN|\b(?:sk|pk|rk|whsec|muse_sk|ghp|gho|ghs|github_pat|glpat|xox[abprs]|hf|r8)[-_][A-Za-z0-9_-]{8,}|\bAKIA[A-Z0-9]{12,}|\bAIza[\w-]{20,}|\beyJ[\w-]{8,}\.[\w-]+|\b\d{3}-\d{2}-\d{4}\b|:\/\/[^\s/:@]+:[^\s/@]+@/;

/** A word of at least 20 characters in which letters and digits take turns, as in keys and hashes. */
const jumble = /(?<![\w/.-])(?=[\w+/=]*[A-Za-z]\d+[A-Za-z+/=][\w+/=]*\d)[\w+/=]{20,}/;

/** Luhn's check (ISO/IEC 7812-1), which every payment card number passes. */
function passesLuhn(digits: string): boolean {
  const sum = [...digits].toReversed().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

function hasCardNumber(text: string): boolean {
  return [...text.matchAll(/(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g)].some(([found]) =>
    passesLuhn(found.replace(/\D/g, "")),
  );
}

/** ISO 13616: country, two check digits, then up to 30 letters and digits; the whole leaves 1 when divided by 97. */
function hasIban(text: string): boolean {
  return [...text.matchAll(/\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}\b/g)].some(([found]) => {
    const compact = found.replace(/ /g, "");
    const digits = [...`${compact.slice(4)}${compact.slice(0, 4)}`].map((one) => Number.parseInt(one, 36)).join("");
    return [...digits].reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0) === 1;
  });
}

/** Whether a text seems to hold a password, a key, a card or account number, or to speak of one. Errs on the side of yes. */
export function looksSecret(text: string): boolean {
  const plain = text.normalize("NFKC").replace(/[‘’]/g, "'");
  return (
    secretWords.test(plain) || secretShapes.test(plain) || jumble.test(plain) || hasCardNumber(plain) || hasIban(plain)
  );
}
