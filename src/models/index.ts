export { CachingPostgresEntry } from "./entry"
export { CachingPostgresEntryOption } from "./entry-option"
export { CachingPostgresEntryTag } from "./entry-tag"
export { CachingPostgresSweep } from "./sweep"
