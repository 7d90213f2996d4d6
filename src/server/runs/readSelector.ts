import { type LabelPredicate, parseLabelSelector } from '../../kubernetes/labelSelector.ts';
import { SelectorError } from '../../kubernetes/selectorError.ts';
import { Refusal } from '../http/refusal.ts';

/** The label selector of a query; everything when there is none. Refuses (400) one that can't be read. */
export function readSelector(text: string | undefined): LabelPredicate {
  try {
    return parseLabelSelector(text ?? '');
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    throw new Refusal('BadRequest', `query.selector ${error.message}`, {
      problems: [{ field: 'query.selector', message: error.message }],
      cause: error,
    });
  }
}
