// Runs the veraPDF engine on files: java -cp ... Vera.java PDFA-3A,PDFUA-1 file.pdf ...
// Prints one line for each file and profile: PASS or FAIL, then the rules that failed with an example.
import java.io.FileInputStream;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;
import org.verapdf.pdfa.validation.validators.ValidatorFactory;

public class Vera {
    public static void main(String[] arguments) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        boolean passed = true;
        for (int file = 1; file < arguments.length; file++) {
            for (String name : arguments[0].split(",")) {
                passed &= check(name, arguments[file]);
            }
        }
        System.exit(passed ? 0 : 1);
    }

    private static boolean check(String name, String file) throws Exception {
        ValidationProfile profile;
        try (InputStream xml = Vera.class.getResourceAsStream("/org/verapdf/pdfa/validation/" + name + ".xml")) {
            profile = Profiles.profileFromXml(xml);
        }
        try (PDFAParser parser = Foundries.defaultInstance().createParser(new FileInputStream(file), profile.getPDFAFlavour());
                PDFAValidator validator = ValidatorFactory.createValidator(profile, 100, false)) {
            ValidationResult result = validator.validate(parser);
            System.out.printf("%s %s %s (%d checks)%n", result.isCompliant() ? "PASS" : "FAIL", name, file, result.getTotalAssertions());
            Map<String, String> failed = new LinkedHashMap<>();
            for (TestAssertion found : result.getTestAssertions()) {
                if (found.getStatus() == TestAssertion.Status.FAILED) {
                    failed.putIfAbsent(found.getRuleId().getClause() + "-" + found.getRuleId().getTestNumber(), found.getMessage());
                }
            }
            failed.forEach((rule, words) -> System.out.println("  " + rule + " " + words));
            return result.isCompliant();
        }
    }
}
