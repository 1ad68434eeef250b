package org.larval.secmark;

import java.util.List;

/** Which parts of rules look at connections: they make conntrack run (nf_ct_netns_get). */
final class ConntrackUse {
  private ConntrackUse() {}

  static boolean by(RuleStep step) {
    return switch (step) {
      case Match.Compare compare -> compare.field().usesConntrack();
      case Match.Lookup lookup -> any(lookup.fields());
      case Match.Either either ->
          either.matches().stream().anyMatch(each -> each.field().usesConntrack());
      case Match.Header header -> false;
      case Match.Fragment fragment -> false;
      case Statement.VerdictMap map -> map.lookup().usesConntrack();
      case Statement.MapSecmark map -> map.lookup().usesConntrack();
      case Statement.SetMark set -> set.value().usesConntrack();
      case Statement.SaveSecmark save -> true;
      case Statement.RestoreSecmark restore -> true;
      case Statement.XtSaveSecmark save -> true;
      case Statement.XtRestoreSecmark restore -> true;
      case Statement.SetConnectionMark set -> true;
      case Statement.XtSaveMark save -> true;
      case Statement.XtRestoreMark restore -> true;
      case Statement.SetSecmark set -> false;
      case Statement.NoTrack none -> false;
      case Statement.Counter counter -> false;
      case Statement.Verdict verdict -> false;
    };
  }

  private static boolean any(List<Field> fields) {
    return fields.stream().anyMatch(Field::usesConntrack);
  }
}
