import { SEARCH_ATTRIBUTES } from '../src/contract/search-attributes';
import type { SearchAttributeType } from './temporal-dev-server';

const cliTypes: Readonly<Record<(typeof SEARCH_ATTRIBUTES)[number]['type'], SearchAttributeType>> = {
  KEYWORD: 'Keyword',
};

/** What attempts are listed by, in the CLI's words. */
export const attemptSearchAttributes: Readonly<Record<string, SearchAttributeType>> = Object.fromEntries(
  SEARCH_ATTRIBUTES.map(({ name, type }) => [name, cliTypes[type]]),
);
