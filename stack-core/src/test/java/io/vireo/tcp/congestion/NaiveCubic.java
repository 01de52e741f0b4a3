// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp.congestion;

/** RFC 9438 as it is written: in segments and seconds, real numbers throughout, congestion avoidance only. */
final class NaiveCubic {
  double cwnd;
  double ssthresh;
  private double wMax;
  private double cwndPrior;
  private double cwndEpoch;
  private double k;
  private double epochStart;
  private double wEst;

  /** §4.6, §4.7: a loss with all of the window under way; congestion avoidance begins at its end, with the first ACK. */
  void loss() {
    wMax = cwnd < wMax ? cwnd * (1 + 0.7) / 2 : cwnd;
    cwndPrior = cwnd;
    ssthresh = cwnd * 0.7;
    cwnd = ssthresh;
    k = Double.NaN;
  }

  /** §4.10: slow start ended with this window. */
  void enter(double window) {
    cwnd = window;
    wMax = window;
    cwndPrior = window;
    k = Double.NaN;
  }

  double wCubic(double t) {
    return 0.4 * Math.pow(t - k, 3) + wMax;
  }

  void ack(double segmentsAcked, double seconds, double rtt) {
    if (Double.isNaN(k)) {
      epochStart = seconds;
      cwndEpoch = cwnd;
      wEst = cwnd;
      k = Math.cbrt((wMax - cwndEpoch) / 0.4);
    }
    double t = seconds - epochStart;
    double alpha = wEst >= cwndPrior ? 1 : 3 * (1 - 0.7) / (1 + 0.7);
    wEst += alpha * segmentsAcked / cwnd;
    if (wCubic(t) < wEst) {
      cwnd = Math.max(cwnd, wEst);
      return;
    }
    double target = Math.max(cwnd, Math.min(wCubic(t + rtt), 1.5 * cwnd));
    cwnd += (target - cwnd) / cwnd * segmentsAcked;
  }
}
