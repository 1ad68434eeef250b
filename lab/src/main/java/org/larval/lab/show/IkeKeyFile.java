package org.larval.lab.show;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.Secret;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.Where;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Keys that a daemon logged, as JSON: shared secrets of key exchanges and all that was derived from
 * them, so that the derivation can be done again.
 */
record IkeKeyFile(List<IkeSet> ike, List<ChildSet> child) {
  /**
   * Keys of an IKE SA at one time; an IKE SA with additional key exchanges has several sets.
   *
   * @param number from 1, in the order of the file
   * @param proposal as strongSwan logs it, or empty
   * @param shared secrets of key exchanges in their order; the first one of IKE_SA_INIT, of
   *     CREATE_CHILD_SA or of one IKE_INTERMEDIATE
   * @param keys by name, {@code SKEYSEED} and {@code SK_d} to {@code SK_pr}
   * @param afterPpk those that a postquantum preshared key changed (RFC 8784), by name
   * @param msk the key that EAP gave, or empty
   * @param spis of initiator and responder; null if nobody knows
   */
  record IkeSet(
      int number,
      String proposal,
      List<Secret> shared,
      Map<String, Secret> keys,
      Map<String, Secret> afterPpk,
      Secret msk,
      @Nullable IkeSpis spis) {
    Secret key(String name) {
      return keys.getOrDefault(name, Secret.EMPTY);
    }

    /** That with the postquantum preshared key if there is one. */
    Secret last(String name) {
      return afterPpk.getOrDefault(name, key(name));
    }
  }

  /**
   * Keys of a pair of child SAs.
   *
   * @param number from 1, in the order of the file
   * @param shared secrets of its own key exchanges; none without forward secrecy
   * @param keys {@code enc_i}, {@code int_i}, {@code enc_r} and {@code int_r}
   * @param spis of both directions as far as known
   * @param directions {@code i} or {@code r} of a SPI: whose keys its packets have
   */
  record ChildSet(
      int number,
      String proposal,
      List<Secret> shared,
      Map<String, Secret> keys,
      List<Integer> spis,
      Map<Integer, String> directions) {
    Secret key(String name) {
      return keys.getOrDefault(name, Secret.EMPTY);
    }
  }

  private static final List<String> IKE_KEYS =
      List.of("SKEYSEED", "SK_d", "SK_ai", "SK_ar", "SK_ei", "SK_er", "SK_pi", "SK_pr");
  private static final List<String> CHILD_KEYS = List.of("enc_i", "int_i", "enc_r", "int_r");

  /**
   * Understands a file.
   *
   * @throws LabFileException with the place
   */
  static IkeKeyFile parse(String name, String text) {
    JsonNode root;
    try {
      root = JsonMapper.shared().readTree(text);
    } catch (JacksonException problem) {
      TokenStreamLocation at = problem.getLocation();
      throw new LabFileException(
          at == null
              ? new Where(name, 1, 1)
              : new Where(name, at.getLineNr(), Math.max(1, at.getColumnNr())),
          "this is not JSON",
          "expected an object with the arrays ike and child");
    }
    try {
      return new IkeKeyFile(ike(root.path("ike")), children(root.path("child")));
    } catch (IllegalArgumentException problem) {
      throw new LabFileException(
          new Where(name, 1, 1),
          String.valueOf(problem.getMessage()),
          "expected sets with g_ir, SK_d to SK_pr, enc_i, enc_r, spi or spis in hexadecimal");
    }
  }

  private static List<IkeSet> ike(JsonNode sets) {
    List<IkeSet> result = new ArrayList<>();
    for (JsonNode set : sets) {
      String what = "set " + (result.size() + 1) + " of ike";
      result.add(
          new IkeSet(
              result.size() + 1,
              set.path("proposal").asString(""),
              shared(set, what),
              keys(set, IKE_KEYS, what),
              keys(set.path("after_ppk"), IKE_KEYS, what),
              keys(set, List.of("msk"), what).getOrDefault("msk", Secret.EMPTY),
              spis(set.path("spi"), what)));
    }
    return result;
  }

  private static @Nullable IkeSpis spis(JsonNode spi, String what) {
    if (spi.size() != 2) {
      return null;
    }
    return new IkeSpis(number(spi.get(0), what), number(spi.get(1), what));
  }

  private static long number(JsonNode node, String what) {
    try {
      return Long.parseUnsignedLong(node.asString(""), 16);
    } catch (NumberFormatException problem) {
      throw new IllegalArgumentException("an SPI of " + what + " is not of hexadecimal digits");
    }
  }

  private static List<ChildSet> children(JsonNode sets) {
    List<ChildSet> result = new ArrayList<>();
    for (JsonNode set : sets) {
      String what = "set " + (result.size() + 1) + " of child";
      List<Integer> spis = new ArrayList<>();
      for (JsonNode one : set.path("spis")) {
        spis.add((int) number(one.isArray() ? one.path(0) : one, what));
      }
      Map<Integer, String> directions = new LinkedHashMap<>();
      set.path("dir")
          .properties()
          .forEach(
              one ->
                  directions.put(
                      (int) Long.parseLong(one.getKey(), 16), one.getValue().asString("")));
      result.add(
          new ChildSet(
              result.size() + 1,
              set.path("proposal").asString(""),
              shared(set, what),
              keys(set, CHILD_KEYS, what),
              spis,
              directions));
    }
    return result;
  }

  private static List<Secret> shared(JsonNode set, String what) {
    List<Secret> secrets = new ArrayList<>();
    for (String name : List.of("g_ir", "additional_ke")) {
      JsonNode node = set.path(name);
      if (node.isArray()) {
        node.forEach(one -> secrets.add(secret(one, what)));
      } else if (!node.asString("").isEmpty()) {
        secrets.add(secret(node, what));
      }
    }
    return secrets;
  }

  private static Map<String, Secret> keys(JsonNode set, List<String> names, String what) {
    Map<String, Secret> keys = new LinkedHashMap<>();
    for (String name : names) {
      if (!set.path(name).asString("").isEmpty()) {
        keys.put(name, secret(set.path(name), what));
      }
    }
    return keys;
  }

  /** Never says what the digits are. */
  private static Secret secret(JsonNode node, String what) {
    try {
      return Secret.taking(HexFormat.of().parseHex(node.asString("")));
    } catch (IllegalArgumentException problem) {
      throw new IllegalArgumentException("a key of " + what + " is not of hexadecimal digits");
    }
  }
}
