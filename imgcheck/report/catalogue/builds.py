"""Pages of what is found while a build is read, predicted or judged."""

from imgcheck.report.catalogue.page import Page, Pages
from imgcheck.rules import bin_of_another_build, ota_of_another_build, ota_that_no_device_takes

PAGES: Pages = {
    "slot-near": Page(
        "A slot still takes the build and is nearly full.",
        "Less than the policy's `reserve` is left in it, or less than 5 % of its limit where there is none.",
        "Nothing today: it passes, and is not green. `imgcheck plan --need 8KiB` says what would make room, `[growth]` of the policy how fast it may fill.",
    ),
    "bin-differs": Page(
        "The .bin beside the ELF is not the image that this ELF makes.",
        "The image is laid out from the ELF and compared with the .bin byte by byte; the message names the first offset that differs.",
        f"Build again so that both are of one link, or name the right file with --bin. `imgcheck check` fails on it as {bin_of_another_build.CODE}.",
    ),
    "bin-radio-parameters": Page(
        "The .bin differs from the ELF's image only where a tool writes the radio's parameters.",
        "The vendor's flash tool fills that hole after the link; everything else is the same.",
        "Nothing: sizes and owners are the same.",
    ),
    "bin-with-header": Page(
        "The file begins with its header page, which is not part of the application image.",
        "A raw image was given that a tool has already put its boot header in front of.",
        "Nothing, the header is taken off before anything is counted. Give the .bin of the build to have no such note.",
    ),
    "merged-strings": Page(
        "The linker put the strings of many objects into one section, and none of them says whose they are.",
        "Since binutils 2.42 GNU ld gives the first mergeable section of an output section the strings and "
        "constants of all others, and the map shows those as taking nothing. The objects and archives say "
        "what each of them came with; where they cannot be read, the bytes have no owner.",
        "Keep the objects and archives where the map names them, or below the map's folder.",
    ),
    "elf-stripped": Page(
        "The ELF is stripped, so owners are known by section only.",
        "No symbol of the ELF has a size, and the link map does not name what is left.",
        "Give the ELF as it was linked, before any strip step, and its map with --map.",
    ),
    "no-heap-symbols": Page(
        "The ELF has no symbols that say where the heap begins and ends.",
        "The symbols of the chip's linker script are looked for; without them the heap at start is unknown.",
        "Give the ELF with its symbols. A `[heap] floor` in the policy cannot be checked without them.",
    ),
    "ram-elsewhere": Page(
        "A section lies at an address where the chip is not known to have memory.",
        "Each allocated section's run address is looked for in the regions of the chip.",
        "Correct the linker script, or know that these bytes are in no figure of RAM (retention RAM, say).",
    ),
    "heap-shared": Page(
        "A heap of the linker script lies over a section or another heap, so less of it is there than it says.",
        "Where each heap starts and ends is compared with the run addresses of all sections and the other heap.",
        "Correct `_heap_start` or `_heap_size` in the linker script: a heap follows the last section.",
    ),
    "debug-damaged": Page(
        "The debug information is damaged, so source files are not known.",
        "A compile unit of .debug_info could not be read; the message says why.",
        "Build again with -g. Sizes, owners and verdicts do not depend on it.",
    ),
    "lto-owners-hidden": Page(
        "The build was linked with link-time optimisation, so objects and archives of its code are hidden.",
        "The map has objects that the compiler made during the link (.ltrans.o, .lto.o).",
        "Link once without -flto to see owners; `features` and `plan` refuse such a build for the same reason.",
    ),
    "artefact-inconsistent": Page(
        "The OTA file contradicts itself.",
        "Its header or container says something else than its contents.",
        "Pack it again, with the SDK's tool or `imgcheck pack`; `imgcheck verify` shows what each device makes of it.",
    ),
    "artefact-refused": Page(
        "No device decodes or starts this OTA file.",
        "What is read here is read as the loader of a device would: check, filters, dictionary and boot header.",
        f"Pack it again. A gate fails on it as {ota_that_no_device_takes.CODE}.",
    ),
    "artefact-other-image": Page(
        "The OTA file was packed from another image than the one it is judged with.",
        "It is unpacked and compared with the image of the ELF; the message says where they first differ.",
        f"Give the OTA file of the same build, or leave it out: then the image is packed here. A gate fails on it as {ota_of_another_build.CODE}.",
    ),
    "features-unknown": Page(
        "There is no feature table, because the configuration header or the objects are not known.",
        "A report was asked for while the policy names a header that could not be used; the message says why.",
        "Set `[features] config` in the policy, or pass --config; `imgcheck lint` says what of it is not found.",
    ),
    "feature-read-as-value": Page(
        "Code reads a feature as a value in a way that is not followed, so its saving is an estimate.",
        "An enumeration, an initialiser or an argument uses the macro, or it decides how a function is declared (its section, "
        "`inline`, how it is optimized); the message names the first place.",
        "Build once without the feature if its number decides something.",
    ),
    "feature-needed": Page(
        "The build does not compile or link without this feature.",
        "A definition, a type, a macro or an enumerator would go whose use stays in an object that the feature does not guard, or a source would define "
        "a function (`#ifndef`) that another object has all the same; or an `#error` stops the compiler, or a check that it makes "
        "(`static_assert`, an array of a negative length) does not hold.",
        "Guard the use, or the other definition, as well. No plan takes the feature until then.",
    ),
    "feature-checked": Page(
        "Whether the build compiles without this feature is not known.",
        "A check that the compiler makes (`static_assert`, an array of a negative length) asks for something that is another "
        "number without the feature, in a way that was not worked out here; the message names it.",
        "Build once without the feature. No plan takes it until the check is one that can be worked out, or is gone.",
    ),
    "feature-brings-in": Page(
        "Without this feature other code comes in.",
        "The header switches another feature off while this one is on (`#undef`), or an `#if !` guards another source: "
        "what both define comes from there then. That code was never compiled, so its lines are counted.",
        "Switch the other one off as well, or build once without the feature. No plan takes it.",
    ),
    "feature-calls-unknown": Page(
        "Without this feature code comes in that calls a function which is nowhere to be found.",
        "An `#else` or `#if !` refers to it, no linked object defines it, and the archives of the link that are at hand do not "
        "have it, or some of them are not at hand: its size, and that of all it needs itself, is not in the number.",
        "Name the folder of the archives with --objects, or build once without the feature. No plan takes it.",
    ),
    "feature-links-more": Page(
        "Without this feature more of a library is linked than now.",
        "An `#else` or `#if !` calls a function, or computes with a type, for which the linker takes objects from an archive "
        "that nobody asked for so far. Their sections are counted, with all that these need.",
        "Nothing is wrong: the saving is less those bytes. Call what is linked already, if that does it as well.",
    ),
    "defines-disagree": Page(
        "The policy's defines are not what the build was given with -D.",
        "The build recorded its command line (.debug_macro, written with -g3), and says something else; or, where it "
        "recorded none, its objects have the code, names and strings of another one of the policy's `[variants]`, "
        "and lack those of the one that the policy has it for.",
        "Change `[features] defines`, or leave it out: what the build recorded counts.",
    ),
    "defines-unclear": Page(
        "The build is neither the variant that the policy takes it for nor clearly another one.",
        "It recorded no macros, and its objects lack code, names and strings that this variant compiles; another one of the "
        "policy's `[variants]` fits better, but has some that are missing too. The savings of features that only one "
        "of the two has may be of code that is not there.",
        "Say in `[features] defines` what the build was given, or build with -g3: what it recorded counts.",
    ),
    "code-inactive": Page(
        "The build has code on a few lines that are inactive as the sources are evaluated.",
        "A macro that no file of the tree defines decides about them. Beyond ten lines and 0.2 % savings are refused.",
        "Name the macro in `[features] defines` if a feature depends on it.",
    ),
    "sources-bounded": Page(
        "The policy does not say where the project's sources are, and there are thousands.",
        "A policy without `[features] source_roots` has all sources below its folder read, an SDK among them.",
        "Name the project's own folders in `[features] source_roots`; then nothing else is read.",
    ),
    "source-unread": Page(
        "A source that was compiled into the build is too large to be read.",
        "More than 4 MiB are a table that a script wrote. What features change in it is not known, so the bar of each feature "
        "that it names, or whose macros it names, has all of its object.",
        "Put the code that asks for features into a source of its own, and let the table be data alone.",
    ),
    "objects-missing": Page(
        "Objects or archives of the link are not there, so their references are estimated.",
        "The map names files that could not be opened; what they refer to is taken from its cross reference table.",
        "Run imgcheck where the build ran, or pass --build-root; then predictions are exact again.",
    ),
    "lines-missing": Page(
        "Objects that features have code in were compiled without debug information.",
        "No line table says which code of a function is whose, so it is told by the references that go with it.",
        "Compile the project's own sources with -g; it changes no byte of the image.",
    ),
    "plan-nothing-suffices": Page(
        "No set of features that may go makes the build fit.",
        "All that may be switched off was predicted together, and the image is still too large for a layout.",
        "Allow more (`[features] keep`), look at `imgcheck check`'s waste findings, or drop the layout.",
    ),
    "not-evaluated": Page(
        "A rule was left out, because what it needs was not given.",
        "The rule was not named by the policy one by one, so it may be skipped; the message says what it lacks.",
        "Give what it needs, or select it by its code: then the check exits 2 when it cannot be evaluated.",
    ),
    "verdict": Page(
        "The build as a whole failed.",
        "In JUnit only: a report that failed has one failed case even when no single finding says why.",
        "Read the report's verdict line.",
    ),
    "lint": Page(
        "The policy says something that cannot hold.",
        "`imgcheck lint` reads the policy, what it extends, its layouts, its configuration header and its components.",
        "Correct the line that the finding names; errors make every other command exit 2.",
    ),
    "ota-withheld": Page(
        "What the OTA file would lose is withheld, so the price of the bytes stands in its place.",
        "Laid out anew without a change, the image is not the one that was given; the message says why.",
        "Give objects and map of the same link; without them a packed prediction cannot be trusted.",
    ),
    "proved": Page(
        "How far predictions were off for features of this project that were really rebuilt.",
        "`imgcheck prove` ran before, and what it learnt is kept beside the policy.",
        "Nothing; from a few features on, error bars are taken from it.",
    ),
    "prove-base": Page(
        "The build made here is another than the one that was given.",
        "`imgcheck prove` builds once without a change and compares the image's length.",
        "Use the compiler and the configuration that made the given ELF, or give the ELF of this build.",
    ),
    "prove-no-build": Page(
        "Without a feature the build fails, or its time was up.",
        "`imgcheck prove` switched it off in a worktree and ran the command.",
        "The log says which use is not guarded; --timeout gives it longer.",
    ),
    "prove-outside": Page(
        "A rebuild lies outside of the prediction's error bar.",
        "`imgcheck prove` compares what the build lost with what was said.",
        "Rely on the rebuilt number; later predictions get wider bars from it.",
    ),
}
