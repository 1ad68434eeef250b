package org.larval.guest;

/** The guest's stack. (Its body arrives with the next commit.) */
public final class GuestStack {}
