// The generated types under the names that the screens use, where the API's own would be misread here.
export type * from "./types";

/** Who is asking, and what they may do: the API document has it under a name that another type took. */
export interface WhoAsks {
  user: string;
  groups: string[];
  may: string[];
  known_by: string;
}

/** One page of a list. */
export interface PageOf<T> {
  items: T[];
  total: number;
  next?: string | null;
}

/** Calls from one network with one program: the API document has it under a name that another type took. */
export interface CallSession {
  source: string;
  agent: string;
  first: string;
  last: string;
  events: number;
}

/** A version of an object: the API document names it and does not say what it is. */
export interface ObjectVersion {
  time: string;
  resource_version: string;
  what: string;
  fields: import("./types").FieldChange[];
  actor?: string | null;
  known_by: string;
}
