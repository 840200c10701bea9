package provider

import (
	"archive/zip"
	"encoding/pem"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// Only the state has the signed link, and nothing has the credential.
func TestAccSecrets_areNotWritten(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		files      func(*testing.T) map[string]string
		variable   string
		credential string
		// inPlanJSON is set if the CLI itself writes the credential into the JSON
		// of a plan, as it does with the value of a variable.
		inPlanJSON bool
	}{
		"token in the environment": {files: demo, variable: jwtVariable, credential: rebillytest.JWT},
		"key in the configuration": {files: demoWithKey, variable: "TF_VAR_api_key", credential: rebillytest.SecretKey, inPlanJSON: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.SetLifeCycle(rebillytest.Stage{Status: "queued"}, rebillytest.Stage{Status: "completed"})
			// Two attempts fail, and the responses contain the credential.
			address, _ := overLoopback(t, failingReads(api, 1,
				rebillytest.Respond(502, "text/html", "<p>"+test.credential+"</p>"),
				rebillytest.Problem(503, "Busy", "key "+test.credential),
			))
			files := test.files(t)
			files["read.tf"] = readExport(exportID)
			terraform := newCLI(t, files,
				test.variable+"="+test.credential, baseURLVariable+"="+address,
				"TF_VAR_period=test", "TF_VAR_oldest_days=1000",
				"TF_LOG=TRACE", "TF_LOG_PATH=trace.log")

			printed := map[string]string{
				"plan":      terraform.mustRun("plan", "-no-color", "-out=demo.tfplan"),
				"show plan": terraform.mustRun("show", "-no-color", "demo.tfplan"),
				"apply":     terraform.mustRun("apply", "-no-color", "demo.tfplan"),
				"show":      terraform.mustRun("show", "-no-color"),
				"output":    terraform.mustRun("output", "-no-color", "-json"),
				"refresh":   terraform.mustRun("plan", "-no-color", "-refresh-only"),
				"destroy":   terraform.mustRun("plan", "-no-color", "-destroy"),
			}
			log := terraform.file("trace.log")
			printed["log"] = log
			for what, text := range printed {
				mustNotShow(t, what, text, test.credential, rebillytest.SignedLinkSecret)
			}
			state := terraform.file("terraform.tfstate")
			mustNotShow(t, "the state", state, test.credential)
			if !test.inPlanJSON {
				mustNotShow(t, "the plan as JSON", terraform.mustRun("show", "-json", "demo.tfplan"), test.credential)
			}

			// The secrets could have been found.
			for what, found := range map[string]bool{
				"the signed link in the state":    strings.Contains(state, rebillytest.SignedLinkSecret),
				"the outputs":                     strings.Contains(printed["apply"], "total_records"),
				"the client's log of all retries": strings.Contains(log, "Rebilly API request") && strings.Contains(log, "attempt=3"),
				"the client's log of waiting":     strings.Contains(log, "Organization export status"),
				"the log at level TRACE":          strings.Contains(log, "[TRACE]"),
			} {
				if !found {
					t.Errorf("%s: not found", what)
				}
			}
		})
	}
}

func TestAccSecrets_areNotInErrors(t *testing.T) {
	t.Parallel()
	const link = "https://files.example.com/?signature=" + rebillytest.SignedLinkSecret
	api := http.NewServeMux()
	for number, fault := range []rebillytest.Fault{
		rebillytest.Problem(401, "Unauthorized", "unknown key "+rebillytest.SecretKey),
		rebillytest.Redirect(302, "https://collector.example.com/?key="+rebillytest.SecretKey),
		rebillytest.JSON(`{"id":"` + exportID + `","_links":[{"rel":"signedLink","href":"` + link),
		rebillytest.Respond(200, "text/html", link+" "+rebillytest.SecretKey),
	} {
		failing := rebillytest.NewFor(t)
		failing.FailAlways(fault)
		api.Handle(fmt.Sprintf("/organizations/org_%d/", number), failing)
	}
	address, _ := overLoopback(t, api)
	for want, object := range map[string]string{
		"Could not read export":       "data \"rebilly_organization_export\" \"test\" {\n  id = \"x\"",
		"Could not request an export": "resource \"rebilly_organization_export\" \"test\" {",
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			terraform := newCLI(t, map[string]string{"main.tf": withoutCredential(address) + object + "\n  count = 4\n  organization_id = \"org_${count.index}\"\n}\n"},
				apiKeyVariable+"="+rebillytest.SecretKey, "TF_LOG=TRACE", "TF_LOG_PATH=trace.log")
			printed, err := terraform.run("apply", "-no-color", "-auto-approve")
			if errors := wrapped(want).FindAllString(printed, -1); err == nil || len(errors) != 4 {
				t.Fatalf("got %v and %d errors\n%s", err, len(errors), printed)
			}
			mustNotShow(t, "the error", printed, secrets...)
			mustNotShow(t, "the log", terraform.file("trace.log"), secrets...)
		})
	}
}

// net/http writes the headers of HTTP/2 to the standard logger on request. Terraform
// does so with its messages to the provider, which are without secrets here.
func TestAccSecrets_areNotInTheStandardLog(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: "completed"})
	server := httptest.NewUnstartedServer(api)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	terraform := newCLI(t, map[string]string{"main.tf": withoutCredential(server.URL) + requestConfiguration, "authority.pem": string(authority)},
		apiKeyVariable+"="+rebillytest.SecretKey, "GODEBUG=http2debug=2", "TF_LOG=TRACE", "TF_LOG_PATH=trace.log")
	terraform.env = append(terraform.env, "SSL_CERT_FILE="+filepath.Join(terraform.folder, "authority.pem"))
	terraform.mustRun("apply", "-no-color", "-auto-approve")
	log := terraform.file("trace.log")
	mustNotShow(t, "the log", log, secrets...)
	if !strings.Contains(log, "Rebilly API request") {
		t.Error("the log has no line of the client")
	}
}

func TestAccOrganizationExportEphemeralResource_storesNothing(t *testing.T) {
	t.Parallel()
	address, _ := overLoopback(t, rebillytest.NewFor(t))
	terraform := newCLI(t, example(t, "ephemeral-resources/rebilly_organization_export/ephemeral-resource.tf"),
		apiKeyVariable+"="+rebillytest.SecretKey, baseURLVariable+"="+address, "TF_VAR_export_id="+exportID,
		`TF_VAR_download_command=printf %s "$SIGNED_LINK" > link.txt`, "TF_LOG=TRACE", "TF_LOG_PATH=trace.log")
	printed := terraform.mustRun("plan", "-no-color", "-out=plan.tfplan") + terraform.mustRun("apply", "-no-color", "plan.tfplan")

	if link := terraform.file("link.txt"); !strings.HasPrefix(link, "https://") || !strings.Contains(link, rebillytest.SignedLinkSecret) {
		t.Errorf("the command got the link %q", link)
	}
	for what, text := range map[string]string{
		"the state":        terraform.file("terraform.tfstate"),
		"the plan":         unzipped(t, filepath.Join(terraform.folder, "plan.tfplan")),
		"the plan as JSON": terraform.mustRun("show", "-json", "plan.tfplan"),
		"the output":       printed,
		"the log":          terraform.file("trace.log"),
	} {
		mustNotShow(t, what, text, rebillytest.SignedLinkSecret, rebillytest.SecretKey)
	}
}

// unzipped returns the texts of all files of a zip archive, such as a plan.
func unzipped(t *testing.T, name string) string {
	t.Helper()
	archive := must(zip.OpenReader(name))
	defer func() { _ = archive.Close() }()
	var all strings.Builder
	for _, member := range archive.File {
		all.Write(must(fs.ReadFile(archive, member.Name)))
	}
	if all.Len() == 0 {
		t.Errorf("%s is empty", name)
	}

	return all.String()
}

// If an error had the path of an argument, Terraform would print its line.
func TestAccSecrets_literalsAreNotInErrors(t *testing.T) {
	t.Parallel()
	const (
		literal = "LITERAL-SECRET"
		key     = `api_key = "sk_` + literal + "\"\n"
	)
	each := func(argument string, values ...string) (arguments []string) {
		for _, value := range values {
			arguments = append(arguments, argument+` = "`+value+`"`)
		}

		return arguments
	}
	credentials := []string{literal + " ", " " + literal, literal + `\n`, `sk_\n` + literal, "Bearer " + literal, "é" + literal, `\u0000` + literal, "", " "}
	later := literal + "${terraform_data.later.id}"
	for name, test := range map[string]struct {
		// providers are the arguments of provider blocks, by what the error names.
		providers map[string][]string
		// validated and planned are the texts of the errors.
		validated, planned string
	}{
		"invalid": {
			providers: map[string][]string{
				"api_key": each("api_key", credentials...),
				"jwt":     each("jwt", credentials...),
				"base_url": each(key+"base_url",
					"https://user:"+literal+"@api.example.com", "https://user:%"+literal+"@api.example.com", "user:"+literal+"@api.example.com",
					"https://api.example.com/?key="+literal, "sk_"+literal),
			},
			validated: "The value of %s is invalid", planned: "The value of %s is invalid",
		},
		"conflicting": {
			providers: map[string][]string{
				"api_key and jwt": each(key+"jwt", "ey"+literal),
				"environment and base_url": each(key+"environment = \"live\"\nbase_url",
					"https://user:"+literal+"@api.example.com", "https://"+literal+".example.com"),
			},
			validated: "sets both %s", planned: "sets both %s",
		},
		"unknown": {
			providers: map[string][]string{"api_key": each("api_key", later), "jwt": each("jwt", later), "base_url": each(key+"base_url", later)},
			planned:   "The provider needs %s to call Rebilly",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var configuration strings.Builder
			configuration.WriteString(requiredProviders)
			if test.validated == "" {
				configuration.WriteString("resource \"terraform_data\" \"later\" {\n}\n")
			}
			number := 0
			for _, providers := range test.providers {
				for _, arguments := range providers {
					number++
					fmt.Fprintf(&configuration, "provider \"rebilly\" {\nalias = \"p%[1]d\"\n%[2]s\n}\n"+
						"data \"rebilly_organization_export\" \"x%[1]d\" {\nprovider = rebilly.p%[1]d\nid = \"x\"\n}\n", number, arguments)
				}
			}
			terraform := newCLI(t, map[string]string{"main.tf": configuration.String()})
			for command, want := range map[string]string{"validate": test.validated, "plan": test.planned} {
				printed, err := terraform.run(command, "-no-color")
				if (err != nil) != (want != "") {
					t.Errorf("%s: got %v:\n%s", command, err, printed)
				}
				mustNotShow(t, command, strings.ToUpper(printed), literal)
				if line := regexp.MustCompile(`(?m)^[│|\s]*\d+:.*(api_key|jwt|base_url)\s*=`).FindString(printed); line != "" {
					t.Errorf("%s prints a source line: %s", command, line)
				}
				for argument, providers := range test.providers {
					if want == "" {
						break
					}
					text := fmt.Sprintf(want, argument)
					if got := len(wrapped(text).FindAllString(printed, -1)); got != len(providers) {
						t.Errorf("%s prints %q %d times, want %d:\n%s", command, text, got, len(providers), printed)
					}
				}
			}
		})
	}
}
