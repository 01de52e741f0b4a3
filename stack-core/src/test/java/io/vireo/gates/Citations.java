// SPDX-License-Identifier: Apache-2.0
package io.vireo.gates;

import com.github.javaparser.JavaParser;
import com.github.javaparser.ParserConfiguration;
import com.github.javaparser.ParserConfiguration.LanguageLevel;
import com.github.javaparser.ast.CompilationUnit;
import com.github.javaparser.ast.body.MethodDeclaration;
import com.github.javaparser.ast.body.TypeDeclaration;
import com.github.javaparser.ast.expr.AnnotationExpr;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which tests cite which numbered items of a list. A test cites what stands in the comment right above it or behind its annotation, as
 * MUST-12, SHLD-3, or MUST-24 to MUST-27; a test class what stands in its Javadoc.
 */
final class Citations {
  private static final List<String> TESTS =
      List.of("Test", "ParameterizedTest", "TestFactory", "RepeatedTest");

  /** From an item to the tests, as Class.method or Class, in the order of their names. */
  final Map<String, Set<String>> tests = new TreeMap<>();

  private final JavaParser parser =
      new JavaParser(new ParserConfiguration().setLanguageLevel(LanguageLevel.JAVA_17));
  private final Pattern item;
  private final Pattern items;

  /** Of lists in which items have these words before their numbers. */
  Citations(Collection<String> words) {
    String word = "(?:" + String.join("|", words) + ")";
    item = Pattern.compile("\\b" + word + "-\\d+\\b");
    items = Pattern.compile("\\b(" + word + ")-(\\d+) to " + word + "-(\\d+)\\b");
  }

  /** Reads the tests of every module under the root of the project. */
  static Citations ofModules(Path root, Collection<String> words) throws IOException {
    Citations citations = new Citations(words);
    try (Stream<Path> modules = Files.list(root)) {
      for (Path module : modules.toList()) {
        Path sources = module.resolve(Path.of("src", "test", "java"));
        if (Files.isDirectory(sources)) {
          citations.addTree(sources);
        }
      }
    }
    return citations;
  }

  private void addTree(Path sources) throws IOException {
    try (Stream<Path> files = Files.walk(sources)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        String source = Files.readString(file);
        // Most files cite nothing, and parsing takes its time.
        if (item.matcher(source).find()) {
          add(source);
        }
      }
    }
  }

  void add(String source) {
    CompilationUnit unit = parser
        .parse(source)
        .getResult()
        .orElseThrow(() -> new AssertionError("cannot be parsed: " + source));
    List<String> lines = source.lines().toList();
    TypeDeclaration<?> type = unit.getType(0);
    List<MethodDeclaration> methods =
        unit.findAll(MethodDeclaration.class).stream().filter(Citations::isTest).toList();
    for (MethodDeclaration method : methods) {
      int begin = method.getBegin().orElseThrow().line;
      int name = method.getName().getBegin().orElseThrow().line;
      cite(
          commentAbove(lines, begin) + commentsBehind(lines.subList(begin - 1, name)),
          type.getNameAsString() + "." + method.getNameAsString());
    }
    if (!methods.isEmpty()) {
      cite(commentAbove(lines, type.getBegin().orElseThrow().line), type.getNameAsString());
    }
  }

  private static boolean isTest(MethodDeclaration method) {
    return method.getAnnotations().stream()
        .map(AnnotationExpr::getNameAsString)
        .anyMatch(TESTS::contains);
  }

  /** The lines of comment that end right above a line, counted from 1. */
  private static String commentAbove(List<String> lines, int line) {
    StringBuilder comment = new StringBuilder();
    for (int i = line - 2; i >= 0; i--) {
      String text = lines.get(i).strip();
      if (!text.startsWith("//") && !text.startsWith("*") && !text.startsWith("/*")) {
        break;
      }
      comment.insert(0, text.replaceFirst("^(//|/?\\*+/?)", " "));
    }
    return comment.toString();
  }

  private static String commentsBehind(List<String> lines) {
    return lines.stream()
        .filter(line -> line.contains(" // "))
        .map(line -> line.substring(line.indexOf(" // ")))
        .collect(Collectors.joining());
  }

  private void cite(String comment, String test) {
    Matcher one = item.matcher(comment);
    while (one.find()) {
      add(one.group(), test);
    }
    Matcher several = items.matcher(comment);
    while (several.find()) {
      String number = several.group(1) + "-%0" + several.group(2).length() + "d";
      int last = Integer.parseInt(several.group(3));
      for (int i = Integer.parseInt(several.group(2)); i <= last; i++) {
        add(number.formatted(i), test);
      }
    }
  }

  private void add(String cited, String test) {
    tests.computeIfAbsent(cited, key -> new TreeSet<>()).add(test);
  }
}
