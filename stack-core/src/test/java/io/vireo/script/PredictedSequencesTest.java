// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Random sequences of segments, overtaking and old ones, with windows of any size, and of calls from outside and inside callbacks: with header prediction the stack answers, and
 * its user hears, what they do without it (docs/decisions/0014).
 */
class PredictedSequencesTest extends TcpScript {
  private static final int SEQUENCES = 250;
  private static final int STEPS = 60;

  @Test
  void areAnsweredAsWithoutPrediction() {
    for (int seed = 0; seed < SEQUENCES; seed++) {
      String expected = new Sequence(numbers, seed, false).run();
      assertEquals(expected, new Sequence(numbers, seed, true).run(), "seed " + seed);
    }
  }

  /** One of them: a script that writes itself, and down what it sees. */
  private static final class Sequence {
    private final PredictedSequencesTest script = new PredictedSequencesTest();
    private final SplittableRandom random;
    private final StringBuilder seen = new StringBuilder();
    private final boolean prediction;

    /** The peer's next number, its highest ACK, and where what the stack has sent ends. */
    private int seq = 1;

    private int ack = 1;
    private int sentEnd = 1;

    Sequence(Numbers numbers, long seed, boolean prediction) {
      this.prediction = prediction;
      random = new SplittableRandom(seed);
      script.numbers = numbers;
      script.beginScript();
    }

    String run() {
      boolean nagle = random.nextInt(4) == 0;
      int sendBuffer = random.nextBoolean() ? 16_384 : 65_536;
      int receiveBuffer = random.nextBoolean() ? 4_096 : 65_536;
      script.settings(tcp -> tcp.withHeaderPrediction(prediction)
          .withNagle(nagle)
          .withSendBufferBytes(sendBuffer)
          .withReceiveBufferBytes(receiveBuffer));
      String mss = random.nextBoolean() ? "mss 1460" : "mss 536";
      String options = random.nextBoolean() ? mss + ",sackok" : mss;
      script.established(options, "win " + random.nextInt(20_000));
      try {
        for (int i = 0; i < STEPS; i++) {
          step();
          writeDown();
        }
      } catch (AssertionError | RuntimeException e) {
        // Such as a call to a connection that is over: both must come to that.
        seen.append("\nends: ").append(String.valueOf(e.getMessage()).lines().findFirst());
      }
      return seen.toString();
    }

    private void step() {
      switch (random.nextInt(14)) {
        case 0, 1, 2, 3, 4 -> segments();
        case 5, 6, 7 -> script.user.offers(1 + random.nextInt(random.nextBoolean() ? 100 : 4_000));
        case 8 -> script.time.passes(1 + random.nextInt(random.nextBoolean() ? 30 : 400) + " ms");
        case 9, 10 -> call(random.nextInt(9), 1 + random.nextInt(2_000));
        case 11 -> {
          int what = random.nextInt(9);
          int argument = 1 + random.nextInt(2_000);
          script.user.on("data", () -> call(what, argument));
        }
        default -> {
          boolean full = random.nextBoolean();
          script.stack.cannotSend(full);
          if (!full) {
            script.world.settle();
          }
        }
      }
    }

    private void call(int what, int argument) {
      switch (what) {
        case 0 -> script.user.pauses();
        case 1, 2 -> script.user.resumes();
        case 3 -> script.user.flushes();
        case 4 -> script.user.setsNagle(argument < 700);
        case 5 -> script.user.offers(argument, true);
        case 6 -> script.user.offers(argument);
        case 7 -> script.user.keepsAlive(1 + argument % 3 + " s");
        default -> script.user.waitsAtMost("200 s");
      }
    }

    private void segments() {
      String[] batch = new String[1 + random.nextInt(3)];
      for (int i = 0; i < batch.length; i++) {
        batch[i] = segment();
      }
      script.peer.sends(batch);
    }

    private String segment() {
      int length = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(random.nextBoolean() ? 30 : 500);
      int begin = random.nextInt(5) > 0
          ? seq
          : Math.max(1, seq + random.nextInt(600) - (seq > 300 ? 200 : 0));
      int number = switch (random.nextInt(6)) {
        case 0 -> Math.max(1, ack - random.nextInt(1_500));
        case 1, 2 -> ack;
        case 3 -> Math.max(1, Math.min(sentEnd, ack + random.nextInt(2_000)));
        default -> Math.max(ack, sentEnd);
      };
      int window = switch (random.nextInt(6)) {
        case 0 -> 0;
        case 1 -> random.nextInt(300);
        default -> 4_000 + random.nextInt(9_000);
      };
      if (begin == seq) {
        seq += length;
      }
      ack = Math.max(ack, number);
      String flags = random.nextInt(12) == 0 ? "ACK" : "ACK PSH";
      String payload = length == 0 ? "" : " len " + length;
      return flags + " seq " + begin + " ack " + number + payload + " win " + window;
    }

    private void writeDown() {
      for (SeenSegment segment : script.stack.sent()) {
        int length = segment.payload().length;
        sentEnd = Math.max(sentEnd, segment.seq() - script.numbers.stackIss + length);
        seen.append('\n').append(segment.atNs()).append(": flags ").append(segment.flags());
        seen.append(" seq ").append(segment.seq()).append(" ack ").append(segment.ack());
        seen.append(" win ").append(segment.window()).append(" len ").append(length);
        seen.append(' ').append(segment.options());
      }
      seen.append("\nhears ").append(script.user.heard()).append(script.user.trouble());
    }
  }
}
