// SPDX-License-Identifier: Apache-2.0
package io.vireo.gates;

import io.vireo.api.HotPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.objectweb.asm.AnnotationVisitor;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Reads class files and holds every method marked {@link HotPath} to the rules of the hot path. What
 * builds and throws a failed assertion is exempt: it runs once, if ever.
 */
public final class HotPathGate {
  /** HotSpot does not inline a larger method at a hot call site (FreqInlineSize). */
  static final int BYTECODE_LIMIT = 325;

  private static final String MARK = Type.getDescriptor(HotPath.class);

  private static final Set<String> WRAPPERS = Set.of(
      "java/lang/Boolean",
      "java/lang/Byte",
      "java/lang/Character",
      "java/lang/Double",
      "java/lang/Float",
      "java/lang/Integer",
      "java/lang/Long",
      "java/lang/Short");

  /** Assertions, and what the compiler adds to a switch that names every constant of its enum. */
  private static final Set<String> MAY_BE_THROWN = Set.of(
      "java/lang/AssertionError",
      "java/lang/IncompatibleClassChangeError",
      "java/lang/MatchException");

  /** A marked method and what is wrong with it. */
  record HotMethod(String name, int bytecodes, List<String> faults) {}

  private HotPathGate() {}

  /**
   * Checks every class under a directory, writes the sizes of the marked methods to a file, largest
   * first, and throws AssertionError if one breaks a rule or if there is none.
   */
  public static void check(Path classes, Path figures) throws IOException {
    List<HotMethod> methods = new ArrayList<>();
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
        methods.addAll(read(Files.readAllBytes(file)));
      }
    }
    if (methods.isEmpty()) {
      throw new AssertionError("@HotPath: no method is marked under " + classes);
    }
    methods.sort(Comparator.comparingInt(HotMethod::bytecodes).reversed());
    Files.createDirectories(figures.getParent());
    Files.write(
        figures,
        methods.stream()
            .map(method -> method.bytecodes() + " bytes " + method.name())
            .toList());
    List<String> faults = methods.stream()
        .flatMap(method -> method.faults().stream().map(fault -> method.name() + ": " + fault))
        .toList();
    if (!faults.isEmpty()) {
      throw new AssertionError("@HotPath:\n" + String.join("\n", faults));
    }
  }

  /** The marked methods of one class. */
  static List<HotMethod> read(byte[] classFile) {
    ClassReader reader = new ClassReader(classFile);
    CodeSizes sizes = new CodeSizes(reader);
    List<HotMethod> methods = new ArrayList<>();
    reader.accept(
        new ClassVisitor(Opcodes.ASM9) {
          @Override
          public MethodVisitor visitMethod(
              int access, String name, String descriptor, String signature, String[] exceptions) {
            String fullName = reader.getClassName().replace('/', '.') + "." + name + descriptor;
            int bytecodes = sizes.of(name, descriptor);
            return new MethodReader(fullName, bytecodes, methods);
          }
        },
        ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
    return methods;
  }

  /** Collects the faults of one method, and keeps them if the method is marked. */
  private static final class MethodReader extends MethodVisitor {
    private final String name;
    private final int bytecodes;
    private final List<HotMethod> methods;
    private final Set<String> faults = new TreeSet<>();
    private boolean marked;
    private boolean alone;
    private boolean throwing; // between the `new` and the `throw` of what may be thrown

    MethodReader(String name, int bytecodes, List<HotMethod> methods) {
      super(Opcodes.ASM9);
      this.name = name;
      this.bytecodes = bytecodes;
      this.methods = methods;
    }

    @Override
    public AnnotationVisitor visitAnnotation(String descriptor, boolean visible) {
      if (!descriptor.equals(MARK)) {
        return null;
      }
      marked = true;
      return new AnnotationVisitor(Opcodes.ASM9) {
        @Override
        public void visit(String element, Object value) {
          alone = (Boolean) value; // its only element
        }
      };
    }

    @Override
    public void visitTypeInsn(int opcode, String type) {
      if (opcode == Opcodes.NEW && MAY_BE_THROWN.contains(type)) {
        throwing = true;
      } else if (opcode == Opcodes.NEW || opcode == Opcodes.ANEWARRAY) {
        fault("allocates " + type.replace('/', '.') + (opcode == Opcodes.NEW ? "" : "[]"));
      }
    }

    @Override
    public void visitIntInsn(int opcode, int operand) {
      if (opcode == Opcodes.NEWARRAY) {
        fault("allocates an array of primitives");
      }
    }

    @Override
    public void visitMultiANewArrayInsn(String descriptor, int dimensions) {
      fault("allocates an array of arrays");
    }

    @Override
    public void visitMethodInsn(
        int opcode, String owner, String method, String descriptor, boolean isInterface) {
      boolean isStatic = opcode == Opcodes.INVOKESTATIC;
      if (isStatic && method.equals("valueOf") && WRAPPERS.contains(owner)) {
        fault("boxes into " + owner.replace('/', '.'));
      } else if (isStatic && method.equals("values") && descriptor.equals("()[L" + owner + ";")) {
        fault("copies the constants of " + owner.replace('/', '.') + " (values())");
      } else if (method.equals("clone") && owner.startsWith("[")) {
        fault("copies an array");
      } else if (owner.startsWith("java/util/stream/")) {
        fault("uses a stream");
      } else if (method.equals("iterator") || descriptor.endsWith(")Ljava/util/Iterator;")) {
        fault("makes an iterator");
      }
    }

    @Override
    public void visitInvokeDynamicInsn(
        String method, String descriptor, Handle bootstrap, Object... arguments) {
      fault("invokedynamic (a lambda, or a concatenation of strings)");
    }

    @Override
    public void visitInsn(int opcode) {
      if (opcode == Opcodes.ATHROW) {
        if (!throwing) {
          fault("throws (or has a finally block)");
        }
        throwing = false;
      } else if (opcode == Opcodes.MONITORENTER) {
        fault("synchronises");
      }
    }

    private void fault(String what) {
      if (!throwing) {
        faults.add(what);
      }
    }

    @Override
    public void visitEnd() {
      if (alone && bytecodes <= BYTECODE_LIMIT) {
        faults.add(
            bytecodes + " bytes of bytecode, compiled by itself are more than " + BYTECODE_LIMIT);
      } else if (!alone && bytecodes >= BYTECODE_LIMIT) {
        faults.add(bytecodes + " bytes of bytecode, the limit is " + (BYTECODE_LIMIT - 1));
      }
      if (marked) {
        methods.add(new HotMethod(name, bytecodes, List.copyOf(faults)));
      }
    }
  }
}
