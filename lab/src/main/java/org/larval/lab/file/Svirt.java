package org.larval.lab.file;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile.Guest;
import org.larval.lab.time.Randomness;
import org.larval.labels.CategorySet;
import org.larval.labels.MlsLevel;
import org.larval.labels.MlsRange;
import org.larval.labels.SecurityContext;

/**
 * Labels guests as libvirt does (virSecuritySELinuxMCSFind): each that has no label gets the
 * context of guests and two distinct categories at random, a pair that no other guest has. Labels
 * that the file gives stay, and their categories are taken. The same seed gives the same labels.
 *
 * @param guest the context of guests, its level without categories
 * @param imageType the type of what guests own
 * @param categories what pairs are taken from
 */
public record Svirt(Where where, SecurityContext guest, String imageType, CategorySet categories) {
  private static final MlsLevel DEFAULT_RANGE = MlsLevel.parse("s0:c0.c1023");

  static @Nullable Svirt read(@Nullable YamlNode node) {
    if (node == null) {
      return null;
    }
    if (node instanceof YamlNode.Scalar) {
      boolean on =
          Fields.parse(
              node,
              Fields.scalar(node, "svirt"),
              text ->
                  switch (text) {
                    case "yes", "true", "on" -> true;
                    case "no", "false", "off" -> false;
                    default ->
                        throw new IllegalArgumentException(
                            "'svirt' is '" + text + "'; write yes, or keys such as {type: vm_t}");
                  });
      return on ? of(node.where(), "system_u", "system_r", "svirt_t", "svirt_image_t") : null;
    }
    Fields fields = Fields.of(node, "'svirt'");
    String user = fields.parsed("user", "system_u", Svirt::name);
    String role = fields.parsed("role", "system_r", Svirt::name);
    String type = fields.parsed("type", "svirt_t", Svirt::name);
    String image = fields.parsed("image-type", "svirt_image_t", Svirt::name);
    MlsLevel level = fields.parsed("categories", DEFAULT_RANGE, Svirt::level);
    fields.finish();
    SecurityContext guest =
        new SecurityContext(
            user, role, type, MlsRange.at(new MlsLevel(level.sensitivity(), CategorySet.EMPTY)));
    return new Svirt(node.where(), guest, image, level.categories());
  }

  private static Svirt of(Where where, String user, String role, String type, String image) {
    MlsRange low = MlsRange.at(new MlsLevel(0, CategorySet.EMPTY));
    return new Svirt(
        where, new SecurityContext(user, role, type, low), image, DEFAULT_RANGE.categories());
  }

  private static String name(String text) {
    if (!SecurityContext.isName(text)) {
      throw new IllegalArgumentException("'" + text + "' is not a name; write one like svirt_t");
    }
    return text;
  }

  private static MlsLevel level(String text) {
    return MlsLevel.parse(text.startsWith("c") ? "s0:" + text : text);
  }

  /** The guests with labels; without sVirt as they are. */
  static Map<String, Guest> label(@Nullable Svirt svirt, Map<String, Guest> guests, long seed) {
    Map<String, Guest> labeled = new LinkedHashMap<>(guests);
    if (svirt == null) {
      for (Guest guest : guests.values()) {
        if (!guest.isolated()) {
          throw new LabFileException(
              guest.where(),
              "guest '" + guest.name() + "' has 'isolated: false' in a lab without 'svirt'",
              "write 'svirt: yes' too, or leave it out");
        }
      }
      return labeled;
    }
    Set<CategorySet> taken = new HashSet<>();
    int wanted = 0;
    for (Guest guest : guests.values()) {
      if (guest.label() == null) {
        wanted += guest.isolated() ? 1 : 0;
      } else {
        MlsRange range = SecurityContext.parse(guest.label()).range();
        if (range != null) {
          taken.add(range.low().categories());
        }
      }
    }
    svirt.enoughFor(wanted, taken);
    RandomGenerator random = new Randomness(seed, true).stream("svirt");
    for (Guest guest : guests.values()) {
      if (guest.label() == null) {
        CategorySet pair = guest.isolated() ? svirt.pair(random, taken) : CategorySet.EMPTY;
        labeled.put(guest.name(), guest.labeled(svirt.context(pair).toString()));
      }
    }
    return labeled;
  }

  private void enoughFor(int wanted, Set<CategorySet> taken) {
    long size = categories.size();
    long used =
        taken.stream().filter(set -> set.size() == 2 && categories.containsAll(set)).count();
    long free = size * (size - 1) / 2 - used;
    if (wanted > free) {
      throw new LabFileException(
          where,
          wanted
              + " guests need a pair of categories each, and '"
              + (categories.isEmpty() ? "no categories" : categories)
              + "' has "
              + free
              + " that nobody else has",
          "give 'categories' a wider range, such as c0.c1023");
    }
  }

  private CategorySet pair(RandomGenerator random, Set<CategorySet> taken) {
    int[] all = new int[categories.size()];
    int count = 0;
    for (int at = categories.next(0); at >= 0; at = categories.next(at + 1)) {
      all[count++] = at;
    }
    while (true) {
      int one = all[random.nextInt(count)];
      int other = all[random.nextInt(count)];
      // one category alone would be part of other guests' pairs
      CategorySet pair = CategorySet.of(one, other);
      if (one != other && taken.add(pair)) {
        return pair;
      }
    }
  }

  private SecurityContext context(CategorySet set) {
    int sensitivity = guest.range() == null ? 0 : guest.range().low().sensitivity();
    return new SecurityContext(
        guest.user(), guest.role(), guest.type(), MlsRange.at(new MlsLevel(sensitivity, set)));
  }

  /** The context of what a guest with this label owns: its level, and the type of images. */
  public SecurityContext image(SecurityContext label) {
    return new SecurityContext(label.user(), "object_r", imageType, label.range());
  }
}
