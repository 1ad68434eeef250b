/** What a run is told as: records for JSON, tables for people, one HTML page, CSV. */
@NullMarked
package org.larval.lab.report;

import org.jspecify.annotations.NullMarked;
