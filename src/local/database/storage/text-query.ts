import { commandError, unsupported } from "../engine/errors.ts";
import type { Document } from "../engine/values.ts";
import { fold, terms } from "./text-analysis.ts";

/** A parsed `$text` search. */
export interface TextQuery {
  readonly stems: readonly string[];
  readonly phrases: readonly string[];
  readonly negatedStems: readonly string[];
  readonly negatedPhrases: readonly string[];
}

/** The languages whose words are known here. */
export const indexLanguages: ReadonlySet<string> = new Set(["none", "english", "en"]);

function readArguments(given: Document, defaultLanguage: string): { search: string; language: string } {
  const {
    $search: search,
    $language: language = defaultLanguage,
    $caseSensitive,
    $diacriticSensitive,
    ...rest
  } = given;
  if (typeof search !== "string") throw commandError("TypeMismatch", '"$search" had the wrong type. Expected string');
  if (Object.keys(rest).length > 0) throw commandError("BadValue", "extra fields in $text");
  if ($caseSensitive === true || $diacriticSensitive === true) {
    throw unsupported("a case or diacritic sensitive $text search");
  }
  if (typeof language !== "string" || !indexLanguages.has(language)) {
    throw unsupported(`$text with the language '${String(language)}'`);
  }
  return { search, language };
}

/** Reads `$search`: words, "quoted phrases", and both with a leading minus. */
export function parseTextQuery(given: Document, defaultLanguage: string): TextQuery {
  const { search, language } = readArguments(given, defaultLanguage);
  const stems = new Set<string>();
  const negatedStems = new Set<string>();
  const phrases: string[] = [];
  const negatedPhrases: string[] = [];
  for (const [, minus, phrase, word = ""] of search.matchAll(/(?:(?<=^|\s)(-))?(?:"([^"]*)"?|([^\s"]+))/g)) {
    const isNegated = minus === "-";
    if (phrase !== undefined) (isNegated ? negatedPhrases : phrases).push(fold(phrase));
    // The words of a wanted phrase are searched for too; those of an unwanted one may well occur apart.
    if (phrase !== undefined && isNegated) continue;
    for (const { stem } of terms(phrase ?? word, language)) (isNegated ? negatedStems : stems).add(stem);
  }
  const nonempty = (phrase: string) => phrase.trim() !== "";
  return {
    stems: [...stems],
    phrases: phrases.filter(nonempty),
    negatedStems: [...negatedStems],
    negatedPhrases: negatedPhrases.filter(nonempty),
  };
}
