package org.larval.lab.file;

import org.jspecify.annotations.Nullable;

/**
 * Where a guest lives that the lab does not run.
 *
 * @param attachment how its NIC is joined to the street
 * @param program what the lab starts and stops for it; null if somebody else does
 */
public record Outside(Where where, Attachment attachment, @Nullable Program program) {}
