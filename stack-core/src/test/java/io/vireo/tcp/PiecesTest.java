// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.api.CongestionAlgorithm;
import io.vireo.api.Limits;
import io.vireo.api.TcpSettings;
import io.vireo.memory.BufferArena;
import io.vireo.memory.Memo;
import io.vireo.tcp.congestion.CongestionControl;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every variable of every piece is filled with anything at all, kept, and recalled by pieces that are full of something else. A new variable fails here until it is kept, or named
 * below: those are known of a connection at rest, or written before they are read.
 */
class PiecesTest {
  private static final int MAX_WINDOW = 1 << 30;

  /** By class and name. */
  private static final Pattern NOT_KEPT = Pattern.compile(String.join(
      "|",
      // Nothing is under way, lost, or being repaired.
      "Sender\\.(sndNxt|sndMax|fin.*)",
      "SendBuffer\\.(?!limitBytes).*",
      "LossRecovery\\.phase",
      "(Scoreboard|RecordRing|SequenceQueue|RangeSet)\\..*",
      "(SpuriousLoss|ProportionalRate|DuplicateAcks)\\..*",
      "TailLossProbe\\.(?!sentCount).*",
      "DeliveryRate\\.(deliveredNs|firstSentNs)",
      "Rack\\.waitNs",
      "RttEstimator\\.(minRtoNs|timing|timed.*|backedOff)",
      "RetransmitTimer\\.(?!patienceNs|allTimeouts).*",
      // Nothing is held, shown or owed.
      "AckPolicy\\.(unacknowledgedBytes|now|delayed|duplicates)",
      "Receiver\\.(view.*|waitsForMore|rcvUp|urgent|fin.*)",
      "ReorderBuffer\\.(?!nextSeq|receivedBytes).*",
      "SackReport\\.(again.*|remembered|newest|second|third|fourth)",
      "Delivery\\.(due|timersDue|softErrors|paused|begun|refusedBytes)"));

  /** In the first slow start, and after it. */
  private static final Pattern NOT_BEFORE =
      Pattern.compile("Cubic\\.(wMax|cwndPrior|kUs|elapsed.*|wEst|undo.*)");

  private static final Pattern NOT_AFTER = Pattern.compile("HyStart\\..*");

  private record Variable(Object owner, Field field) {
    String name() {
      return field.getDeclaringClass().getSimpleName() + "." + field.getName();
    }

    Object get() {
      try {
        return field.get(owner);
      } catch (IllegalAccessException e) {
        throw new AssertionError(e);
      }
    }

    void fill(boolean firstSlowStart, Random random) {
      try {
        set(firstSlowStart, random);
      } catch (IllegalAccessException e) {
        throw new AssertionError(e);
      }
    }

    private void set(boolean firstSlowStart, Random random) throws IllegalAccessException {
      Class<?> type = field.getType();
      if (type == boolean.class) {
        field.setBoolean(owner, random.nextBoolean());
      } else if (type == byte.class) {
        field.setByte(owner, (byte) random.nextInt(9));
      } else if (type == long.class) {
        field.setLong(owner, random.nextLong());
      } else if (type == double.class) {
        field.setDouble(owner, random.nextDouble());
      } else if (type == float.class) {
        field.setFloat(owner, random.nextFloat());
      } else {
        field.setInt(owner, anInt(firstSlowStart, random));
      }
    }

    private int anInt(boolean firstSlowStart, Random random) {
      if (name().equals("LossBased.cwnd")) {
        return 20_000;
      }
      if (name().equals("LossBased.ssthresh")) {
        return firstSlowStart ? MAX_WINDOW : 10_000;
      }
      boolean small = name().matches(".*\\.(scale|holding|quarters|persists)");
      return small ? random.nextInt(8) : random.nextInt();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void recallWhatOthersHaveKept(boolean firstSlowStart) {
    for (CongestionAlgorithm algorithm : CongestionAlgorithm.values()) {
      Seeded.forSeeds(50, random -> {
        Random values = new Random(random.nextLong());
        Pieces before = filled(algorithm, firstSlowStart, values);
        Pieces after = filled(algorithm, !firstSlowStart, values);
        List<Variable> variables = variables(before);
        List<Object> kept = read(variables);
        Memo memo = new Memo(2, 1 << 10);
        memo.open(1);
        before.keep(memo);
        memo.open(1);
        after.recall(memo);
        List<Object> recalled = read(variables(after));
        Pattern not = firstSlowStart ? NOT_BEFORE : NOT_AFTER;
        for (int i = 0; i < kept.size(); i++) {
          String name = variables.get(i).name();
          if (!NOT_KEPT.matcher(name).matches() && !not.matcher(name).matches()) {
            assertEquals(kept.get(i), recalled.get(i), name);
          }
        }
      });
    }
  }

  private static List<Object> read(List<Variable> variables) {
    return variables.stream().map(Variable::get).toList();
  }

  private static List<Variable> variables(Pieces pieces) {
    List<Variable> variables = new ArrayList<>();
    try {
      collect(pieces, variables, new ArrayList<>());
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
    return variables;
  }

  private static Pieces filled(
      CongestionAlgorithm algorithm, boolean firstSlowStart, Random random) {
    Pieces pieces = new Pieces(
        TcpSettings.defaults(),
        Limits.defaults(),
        new BufferArena(64 << 10),
        ByteBuffer.allocateDirect(Scoreboard.OWN_BYTES),
        0,
        CongestionControl.of(algorithm, true));
    for (Variable variable : variables(pieces)) {
      if (!variable.name().matches("(RecordRing|SequenceQueue|RangeSet|Pieces)\\..*|.*\\.handle")) {
        variable.fill(firstSlowStart, random);
      }
    }
    for (int timer = 0; timer < Deadlines.USER; timer++) {
      pieces.deadlines.arm(timer, random.nextLong());
    }
    return pieces;
  }

  /** Those of {@code owner} and of what belongs to it. */
  private static void collect(Object owner, List<Variable> variables, List<Object> seen)
      throws IllegalAccessException {
    if (seen.stream().anyMatch(other -> other == owner)) {
      return;
    }
    seen.add(owner);
    for (Class<?> c = owner.getClass(); c != Object.class; c = c.getSuperclass()) {
      for (Field field : c.getDeclaredFields()) {
        int modifiers = field.getModifiers();
        if (Modifier.isStatic(modifiers)) {
          continue;
        }
        field.setAccessible(true);
        if (field.getType().isPrimitive()) {
          if (!Modifier.isFinal(modifiers)) {
            variables.add(new Variable(owner, field));
          }
        } else if (field.getType().getName().startsWith("io.vireo.tcp")
            && field.get(owner) != null) {
          collect(field.get(owner), variables, seen);
        }
      }
    }
  }
}
