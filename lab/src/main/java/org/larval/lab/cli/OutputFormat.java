package org.larval.lab.cli;

/** How a command prints: a table for people, or JSON by a schema of ours. */
enum OutputFormat {
  text,
  json
}
