package org.larval.lab.report;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.larval.lab.file.LabFile;

/**
 * Where guests and bridges stand in a drawing: columns by their distance from an end of the longest
 * path, in each column in the order of their neighbours to the left. The same file always gives the
 * same drawing.
 */
final class Placement {
  private final Map<String, List<String>> neighbours = new LinkedHashMap<>();
  private final List<List<String>> columns = new ArrayList<>();

  private Placement(LabFile file) {
    file.guests().keySet().forEach(name -> neighbours.put(name, new ArrayList<>()));
    file.bridges().forEach(name -> neighbours.put(name, new ArrayList<>()));
    for (LabFile.Link link : file.links()) {
      of(link.a().node()).add(link.b().node());
      of(link.b().node()).add(link.a().node());
    }
  }

  /** The nodes' names by column, each from top to bottom. */
  static List<List<String>> of(LabFile file) {
    Placement placement = new Placement(file);
    Map<String, Integer> placed = new LinkedHashMap<>();
    for (String name : placement.neighbours.keySet()) {
      if (!placed.containsKey(name)) {
        String end = last(placement.distances(name));
        String other = last(placement.distances(end));
        boolean turn = placement.rank(file, other) < placement.rank(file, end);
        placement.place(placement.distances(turn ? other : end), placed);
      }
    }
    return placement.columns;
  }

  /** Who sends first stands left; others in the order of the file. */
  private int rank(LabFile file, String name) {
    for (LabFile.Traffic traffic : file.traffic()) {
      if (traffic.from().equals(name)) {
        return traffic.flow();
      }
    }
    return file.traffic().size() + 1 + List.copyOf(neighbours.keySet()).indexOf(name);
  }

  private List<String> of(String name) {
    return neighbours.computeIfAbsent(name, n -> new ArrayList<>());
  }

  private Map<String, Integer> distances(String from) {
    Map<String, Integer> distances = new LinkedHashMap<>();
    Deque<String> next = new ArrayDeque<>(List.of(from));
    distances.put(from, 0);
    while (!next.isEmpty()) {
      String at = next.remove();
      int distance = distances.getOrDefault(at, 0);
      for (String other : of(at)) {
        if (distances.putIfAbsent(other, distance + 1) == null) {
          next.add(other);
        }
      }
    }
    return distances;
  }

  private static String last(Map<String, Integer> distances) {
    return distances.entrySet().stream()
        .max(Comparator.comparing(e -> e.getValue()))
        .orElseThrow()
        .getKey();
  }

  private void place(Map<String, Integer> distances, Map<String, Integer> placed) {
    distances.forEach(
        (name, column) -> {
          while (columns.size() <= column) {
            columns.add(new ArrayList<>());
          }
          columns.get(column).add(name);
          placed.put(name, column);
        });
  }
}
