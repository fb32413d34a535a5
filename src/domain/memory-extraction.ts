import { readStatement, type Statement } from "./memory-statements.ts";
import { hasGap, ownSentences, type Sentence } from "./own-words.ts";
import { looksSecret } from "./secrets.ts";

/** What a user wants forgotten: their words, and what they would have been remembered as. */
export interface ForgetRequest {
  readonly said: string;
  readonly statement: Statement | null;
}

export interface Extraction {
  readonly remember: readonly Statement[];
  readonly forget: readonly ForgetRequest[];
}

/** Memories that one message makes at most. */
const mostStatements = 8;

/** What somebody asks to be kept matters more than what they mention. */
const askedImportance = 8;

const rememberRequest =
  /^(?:(?:can|could|would|will) you (?:please )?)?(?:always |also )?(?:remember(?: this)?(?: that| :|:|,)? |keep in mind(?: that|:|,)? |(?:don't|do not|never) forget(?: that|:|,)? |(?:make|take) a (?:mental )?note(?: that| of|:|,) )(?<said>.+)$/i;

/** Requests that are about the conversation at hand, or no requests at all. */
const notToKeep =
  /^(?:when|how|what|who|where|why|which|if|me\b(?! as)|him|her|them|us|it\b|this\b\W*$|that\b\W*$|the (?:time|day|days|first|last|previous|above|following|code|function)|those|these|to (?:check|include|add|use (?:the|this|that)|close|run|call|return|import|save|reply|answer this)|seeing|reading|watching|our (?:last|previous))\b/i;

const forgetRequest =
  /^(?:(?:can|could|would|will) you (?:please )?)?forget (?:that |about |the fact that |everything (?:about|on) |what i (?:said|told you) about )?(?<said>.+)$/i;

const notToForget =
  /^(?:(?:it|that|this|these|those|everything|all|anything|me|him|her|them|you|what i (?:just )?(?:said|wrote|told you)|i (?:said|asked|mentioned|wrote)|to|about (?:it|that|this)|the (?:last|previous|above|first|second|whole|rest|other)|all (?:of )?(?:it|that|this)|(?:all|any) (?:previous|prior|earlier)|previous|your|how|when|why|where)\b)/i;

/** Sentences that make up something: what they say is nobody's. */
const fictional =
  /\b(?:character|role-?play(?:ing)?|stor(?:y|ies)|novel|fiction(?:al)?|lyrics?|poem|song|quote|dreams?|example|e\.g|hypothetical(?:ly)?|joke|kidding|sentence|phrase)\b/i;
const hypothetical =
  /^(?:if|suppose|supposing|imagine|pretend|say|let's say|assume|assuming|what if|when|whenever|once|as if|unless|in case)\b/i;

/** Tasks over a text that stands in the message, and roles: the message then speaks for somebody else. */
const material =
  /^(?:(?:can|could|would|will) you (?:please )?|help me |i need you to |i(?:'d| would) like you to |let's )*(?:translate|rewrite|reword|rephrase|paraphrase|proofread|summari[sz]e|correct|edit|improve|shorten|polish|continue|complete|analy[sz]e|classify|check (?:the|this|my)|fix (?:the|this|my)|act as|pretend|imagine|role-?play|you are (?:an?|the|my|now)\b|you're (?:an?|the|my|now)\b|from now on,? you)/i;

function isFirstPerson(clause: string): boolean {
  return /^(?:i|i'm|i've|my|(?:(?:you (?:can|may|should)|everyone|everybody|people|friends) )?(?:just )?calls? me)\b/i.test(
    clause,
  );
}

/** The clauses of a sentence in which the user speaks of themselves: from its beginning, for as long as they do. */
function ownClauses({ text, clauses, isQuestion }: Sentence): readonly string[] {
  if (fictional.test(text) || hypothetical.test(text)) return [];
  const stated = isQuestion ? clauses.slice(0, -1) : clauses;
  const end = stated.findIndex((clause) => !isFirstPerson(clause));
  return end === -1 ? stated : stated.slice(0, end);
}

function requested(pattern: RegExp, denied: RegExp, sentence: Sentence): string | null {
  const said = pattern
    .exec(sentence.text)
    ?.groups?.said?.replace(/[\s.!?]+$/, "")
    .trim();
  return said === undefined || said.length < 3 || denied.test(said) || hasGap(said) ? null : said;
}

/** The clauses of what was asked to be kept: as a statement about the user where it is one, else in their words. */
function readRequest(said: string): Statement[] {
  const clauses = ownSentences(said).flatMap((sentence) => sentence.clauses);
  const statements = clauses.map(readStatement);
  if (statements.length > 0 && statements.every((statement) => statement !== null)) {
    return statements.map((statement) => ({
      ...statement,
      importance: Math.max(statement.importance, askedImportance),
    }));
  }
  return [{ content: `The user asked to remember: ${said}`, memoryType: "fact", importance: askedImportance }];
}

/**
 * Reads what a message states explicitly about its user, and what it asks to remember or to forget. Rules, in English; no
 * guesses: what is quoted, pasted, asked, supposed or made up is nobody's statement, and secrets are never taken.
 */
export function readMessage(message: string): Extraction {
  const sentences = ownSentences(message);
  const isAboutMaterial = sentences.some(({ text }) => material.test(text));
  const remember: Statement[] = [];
  const forget: ForgetRequest[] = [];
  for (const sentence of sentences) {
    if (looksSecret(sentence.text)) continue;
    const toForget = requested(forgetRequest, notToForget, sentence);
    if (toForget !== null) {
      forget.push({ said: toForget, statement: readStatement(toForget) });
      continue;
    }
    const toKeep = requested(rememberRequest, notToKeep, sentence);
    if (toKeep !== null) remember.push(...readRequest(toKeep));
    else if (!isAboutMaterial) remember.push(...ownClauses(sentence).flatMap((clause) => readStatement(clause) ?? []));
  }
  return { remember: withoutRepeats(remember).slice(0, mostStatements), forget };
}

/** Of several statements about one subject the last one holds. */
function withoutRepeats(statements: readonly Statement[]): Statement[] {
  return statements.filter((statement, index) =>
    statements
      .slice(index + 1)
      .every(
        (later) =>
          later.content.toLowerCase() !== statement.content.toLowerCase() &&
          (later.subject === undefined || later.subject !== statement.subject),
      ),
  );
}
