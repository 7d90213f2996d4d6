import type { AdmissionPass } from '../../core/admission/pass.ts';
import type { AdmissionWord } from '../../core/admission/word.ts';
import type { Book } from './book.ts';

interface Spoken {
  readonly word: AdmissionWord;
  /** Of the status that it was decided on. */
  readonly revision: number;
}

/** The words that may be acted on: those of the last pass whose grants are stored. */
export class Words {
  #spoken = new Map<string, Spoken>();

  /** The word on a run at this revision of its status; a wait holds for later ones too, for it allows nothing. */
  of(uid: string, revision: number, isAccepted: boolean): AdmissionWord | undefined {
    const spoken = this.#spoken.get(uid);
    if (spoken === undefined) return undefined;
    const holds = spoken.revision === revision || (isAccepted && spoken.word.kind === 'waits');
    return holds ? spoken.word : undefined;
  }

  /** From now on these words hold and no others. Returns the UIDs of runs to which that is news. */
  publish({ words }: AdmissionPass, book: Book): string[] {
    const before = this.#spoken;
    const news: string[] = [];
    this.#spoken = new Map();
    for (const [uid, word] of words) {
      const revision = book.demand(uid)?.revision ?? 0;
      this.#spoken.set(uid, { word, revision });
      if (isNews(before.get(uid), { word, revision })) news.push(uid);
    }
    return news;
  }

  clear(): void {
    this.#spoken.clear();
  }
}

/** Counts and places in a message change all the time; nobody is woken for that. */
function isNews(before: Spoken | undefined, now: Spoken): boolean {
  if (before === undefined || before.word.kind !== now.word.kind) return true;
  return now.word.kind === 'waits'
    ? before.word.kind === 'waits' && before.word.reason !== now.word.reason
    : before.revision !== now.revision;
}
