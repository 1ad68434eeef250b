package org.larval.lab.file;

/**
 * A place in a file that a person wrote.
 *
 * @param file as it was named on the command line
 * @param line from 1
 * @param column from 1
 */
public record Where(String file, int line, int column) {
  @Override
  public String toString() {
    return file + ":" + line + ":" + column;
  }
}
