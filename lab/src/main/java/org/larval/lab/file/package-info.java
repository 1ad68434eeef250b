/**
 * The lab file: YAML with a place for every value, read into records. Every complaint is one {@link
 * org.larval.lab.file.LabFileException} with file, line, column and remedy.
 */
@NullMarked
package org.larval.lab.file;

import org.jspecify.annotations.NullMarked;
