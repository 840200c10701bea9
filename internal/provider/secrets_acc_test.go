package provider

import (
	"archive/zip"
	"encoding/pem"
	"io"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// Only the state has the signed link, and nothing has the credential.
func TestAccSecrets_areNotWritten(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		files      func(*testing.T) map[string]string
		variable   string
		credential string
		// inPlanJSON is set if the CLI itself writes the credential into the JSON
		// of a plan, as it does with the value of a variable.
		inPlanJSON bool
	}{
		"key in the environment":   {demo, apiKeyVariable, rebillytest.SecretKey, false},
		"token in the environment": {demo, jwtVariable, rebillytest.JWT, false},
		"key in the configuration": {demoWithKey, "TF_VAR_api_key", rebillytest.SecretKey, true},
	}
	for name, test := range tests {
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
				"plan":       terraform.mustRun("plan", "-no-color", "-out=demo.tfplan"),
				"show plan":  terraform.mustRun("show", "-no-color", "demo.tfplan"),
				"apply":      terraform.mustRun("apply", "-no-color", "demo.tfplan"),
				"show":       terraform.mustRun("show", "-no-color"),
				"state show": terraform.mustRun("state", "show", "-no-color", exportAddress),
				"output":     terraform.mustRun("output", "-no-color", "-json"),
				"refresh":    terraform.mustRun("plan", "-no-color", "-refresh-only"),
				"destroy":    terraform.mustRun("plan", "-no-color", "-destroy"),
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
	faults := map[string]rebillytest.Fault{
		"problem with the credential":         rebillytest.Problem(401, "Unauthorized", "unknown key "+rebillytest.SecretKey),
		"redirect with the credential":        rebillytest.Redirect(302, "https://collector.example.com/?key="+rebillytest.SecretKey),
		"half an export with its signed link": rebillytest.JSON(`{"id":"` + exportID + `","_links":[{"rel":"signedLink","href":"https://files.example.com/?signature=` + rebillytest.SignedLinkSecret),
		"page with both":                      rebillytest.Respond(200, "text/html", "https://files.example.com/?signature="+rebillytest.SignedLinkSecret+" "+rebillytest.SecretKey),
	}
	configurations := map[string]struct {
		files map[string]string
		want  string
	}{
		"reading":    {example(t, "data-sources/rebilly_organization_export/data-source.tf"), "Could not read export"},
		"requesting": {demo(t), "Could not request an export"},
	}
	for name, fault := range faults {
		for operation, configuration := range configurations {
			t.Run(operation+", "+name, func(t *testing.T) {
				t.Parallel()
				api := rebillytest.NewFor(t)
				api.FailAlways(fault)
				address, _ := overLoopback(t, api)
				terraform := newCLI(t, configuration.files,
					apiKeyVariable+"="+rebillytest.SecretKey, baseURLVariable+"="+address,
					"TF_VAR_period=test", "TF_LOG=TRACE", "TF_LOG_PATH=trace.log")
				printed, err := terraform.run("apply", "-no-color", "-auto-approve")
				if err == nil || !wrapped(configuration.want).MatchString(printed) {
					t.Fatalf("got %v\n%s", err, printed)
				}
				mustNotShow(t, "the error", printed, rebillytest.SecretKey, rebillytest.SignedLinkSecret)
				mustNotShow(t, "the log", terraform.file("trace.log"), rebillytest.SecretKey, rebillytest.SignedLinkSecret)
			})
		}
	}
}

// net/http writes the headers of HTTP/2 to the standard logger on request. Terraform
// does so with its messages to the provider, which are without secrets here.
func TestAccSecrets_areNotInTheStandardLog(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(rebillytest.NewFor(t))
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
	archive, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = archive.Close() }()
	var all strings.Builder
	for _, member := range archive.File {
		file, err := member.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, file); err != nil { //nolint:gosec // The test made the archive.
			t.Fatal(err)
		}
	}
	if all.Len() == 0 {
		t.Errorf("%s is empty", name)
	}

	return all.String()
}
