package provider

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// demo returns the files of examples/demo.
func demo(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("../../examples/demo/*.tf")
	if err != nil || len(names) == 0 {
		t.Fatalf("examples/demo: %v", err)
	}
	files := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = string(text)
	}

	return files
}

// demoWithKey is the demo with its credential in the configuration.
func demoWithKey(t *testing.T) map[string]string {
	t.Helper()
	files := demo(t)
	files["main.tf"] = strings.Replace(files["main.tf"], `provider "rebilly" {}`, `
variable "api_key" {
  type      = string
  sensitive = true
}

provider "rebilly" {
  api_key = var.api_key
}
`, 1)
	if !strings.Contains(files["main.tf"], "var.api_key") {
		t.Fatal("examples/demo has another provider block")
	}

	return files
}

func TestAccNothingThatIsWrittenShowsTheCredentialAndOnlyTheStateTheSignedLink(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		files      func(*testing.T) map[string]string
		variable   string
		credential string
		// inPlanJSON is set where the CLI itself writes the credential into
		// the JSON of a plan, as it does with the value of a variable.
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
			// Two attempts fail with the credential in what the API says.
			address, _ := overLoopback(t, failingReads(api, 1,
				rebillytest.Answer(502, "text/html", "<p>"+test.credential+"</p>"),
				rebillytest.Problem(503, "Busy", "key "+test.credential),
			))
			terraform := newCLI(t, test.files(t),
				test.variable+"="+test.credential, baseURLVariable+"="+address,
				"TF_VAR_period=test", "TF_VAR_oldest_days=1000",
				"TF_LOG=TRACE", "TF_LOG_PATH=trace.log")

			printed := map[string]string{
				"plan":       terraform.mustRun("plan", "-no-color", "-out=demo.tfplan"),
				"show plan":  terraform.mustRun("show", "-no-color", "demo.tfplan"),
				"apply":      terraform.mustRun("apply", "-no-color", "demo.tfplan"),
				"show":       terraform.mustRun("show", "-no-color"),
				"state show": terraform.mustRun("state", "show", "-no-color", "data.rebilly_organization_export.this"),
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

			// What the test looks for, and where, is really there.
			for what, found := range map[string]bool{
				"the signed link in the state":     strings.Contains(state, rebillytest.SignedLinkSecret),
				"the outputs":                      strings.Contains(printed["apply"], "total_records = 58743"),
				"the client's log, of all retries": strings.Contains(log, "Rebilly API request") && strings.Contains(log, "attempt=3"),
				"the client's log of waiting":      strings.Contains(log, "Waiting for an organization export"),
				"the log at level TRACE":           strings.Contains(log, "[TRACE]"),
			} {
				if !found {
					t.Errorf("%s: not found", what)
				}
			}
		})
	}
}

func TestAccAFailureIsLoggedAndPrintedWithoutSecrets(t *testing.T) {
	t.Parallel()
	faults := map[string]rebillytest.Fault{
		"problem that repeats the credential":  rebillytest.Problem(401, "Unauthorized", "unknown key "+rebillytest.SecretKey),
		"redirect that carries the credential": rebillytest.Redirect(302, "https://collector.example.com/?key="+rebillytest.SecretKey),
		"half an export with its signed link":  rebillytest.JSON(`{"id":"` + exportID + `","_links":[{"rel":"signedLink","href":"https://files.example.com/?signature=` + rebillytest.SignedLinkSecret),
		"page with both":                       rebillytest.Answer(200, "text/html", "https://files.example.com/?signature="+rebillytest.SignedLinkSecret+" "+rebillytest.SecretKey),
	}
	configurations := map[string]struct {
		files   map[string]string
		summary string
	}{
		"reading":    {example(t, "data-sources/rebilly_organization_export/data-source.tf"), "Unable to Read Organization Export"},
		"requesting": {demo(t), "Unable to Request Organization Export"},
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
				if err == nil || !wrapped(configuration.summary).MatchString(printed) {
					t.Fatalf("got %v\n%s", err, printed)
				}
				mustNotShow(t, "the error", printed, rebillytest.SecretKey, rebillytest.SignedLinkSecret)
				mustNotShow(t, "the log", terraform.file("trace.log"), rebillytest.SecretKey, rebillytest.SignedLinkSecret)
			})
		}
	}
}

func TestAccTwoOrganizationsByAliases(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Add("org_eu", rebillytest.Completed("x", rebillytest.Created))
	api.Add("org_us", rebillytest.Queued("x", rebillytest.Created))
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, map[string]string{"main.tf": `
terraform {
  required_providers {
    rebilly = {
      source = "rebilly/rebilly"
    }
  }
}

provider "rebilly" {
  organization_id = "org_eu"
}

provider "rebilly" {
  alias           = "us"
  organization_id = "org_us"
}

data "rebilly_organization_export" "eu" {
  id = "x"
}

data "rebilly_organization_export" "us" {
  provider = rebilly.us
  id       = "x"
}

output "statuses" {
  value = "${data.rebilly_organization_export.eu.status}, ${data.rebilly_organization_export.us.status}"
}
`}, apiKeyVariable+"="+rebillytest.SecretKey, baseURLVariable+"="+address)
	if printed := terraform.mustRun("apply", "-no-color", "-auto-approve"); !strings.Contains(printed, `statuses = "completed, queued"`) {
		t.Error(printed)
	}
}

func TestAccTheChecksOfExamplesFailWhereTheyShould(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: "completed"})
	address, _ := overLoopback(t, api)
	variables := []string{apiKeyVariable + "=" + rebillytest.SecretKey, baseURLVariable + "=" + address, "TF_VAR_period=test"}
	printed := newCLI(t, demo(t), variables...).mustRun("apply", "-no-color", "-auto-approve")
	if !wrapped("There are exports of more than 7 days.").MatchString(printed) {
		t.Errorf("the check of the demo passed:\n%s", printed)
	}

	api.Add(rebillytest.DefaultOrganization, rebillytest.Queued(exportID, rebillytest.Created))
	read := example(t, "data-sources/rebilly_organization_export/data-source.tf")
	printed, err := newCLI(t, read, variables...).run("plan", "-no-color")
	if err == nil || !wrapped("The export is not completed but queued.").MatchString(printed) {
		t.Errorf("the postcondition of the example passed: %v\n%s", err, printed)
	}
}

// example returns a file of examples/ and names the provider, which examples
// for the registry's pages do not.
func example(t *testing.T, name string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../examples", name))
	if err != nil {
		t.Fatal(err)
	}

	return map[string]string{"main.tf": string(text), "provider.tf": `
terraform {
  required_providers {
    rebilly = {
      source = "rebilly/rebilly"
    }
  }
}
`}
}

func TestAccTheEphemeralResourceHandsTheLinkOnAndLeavesNoneBehind(t *testing.T) {
	t.Parallel()
	address, _ := overLoopback(t, rebillytest.NewFor(t))
	terraform := newCLI(t, example(t, "ephemeral-resources/rebilly_organization_export/ephemeral-resource.tf"),
		apiKeyVariable+"="+rebillytest.SecretKey, baseURLVariable+"="+address, "TF_VAR_export_id="+exportID,
		`TF_VAR_download_command=printf %s "$SIGNED_LINK" > link.txt`, "TF_LOG=TRACE", "TF_LOG_PATH=trace.log")
	printed := terraform.mustRun("plan", "-no-color", "-out=plan.tfplan") + terraform.mustRun("apply", "-no-color", "plan.tfplan")

	if link := terraform.file("link.txt"); !strings.HasPrefix(link, "https://") || !strings.Contains(link, rebillytest.SignedLinkSecret) {
		t.Errorf("the link that was handed on is %q", link)
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

// unzipped returns the texts of all files of an archive, which a plan is.
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

func TestAccTheNewestCompletedExportIsAOneLiner(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Add(rebillytest.DefaultOrganization, rebillytest.Completed("newest", rebillytest.Created.AddDate(0, 1, 0)))
	api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("waiting", rebillytest.Created.AddDate(0, 2, 0)))
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, example(t, "data-sources/rebilly_organization_exports/data-source.tf"),
		apiKeyVariable+"="+rebillytest.SecretKey, baseURLVariable+"="+address)
	if printed := terraform.mustRun("apply", "-no-color", "-auto-approve"); !strings.Contains(printed, `newest_completed_export = "newest"`) {
		t.Error(printed)
	}
}

func TestAccAnExportThatIsGoneIsAWarningInTheLog(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, example(t, "resources/rebilly_organization_export/resource.tf"),
		apiKeyVariable+"="+rebillytest.SecretKey, baseURLVariable+"="+address, "TF_LOG_PROVIDER=WARN", "TF_LOG_PATH=warn.log")
	terraform.mustRun("import", "-no-color", "rebilly_organization_export.monthly", exportID)
	api.Remove(rebillytest.DefaultOrganization, exportID)
	if printed := terraform.mustRun("plan", "-no-color"); !strings.Contains(printed, "Plan: 1 to add, 0 to change, 0 to destroy.") {
		t.Error(printed)
	}
	if log := terraform.file("warn.log"); !strings.Contains(log, "[WARN]") || !strings.Contains(log, "Removing an organization export from the state") {
		t.Errorf("the log has no warning: %s", log)
	}
}

func TestAccDestroyingForgetsTheExportAndSaysSo(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, example(t, "resources/rebilly_organization_export/resource.tf"),
		apiKeyVariable+"="+rebillytest.SecretKey, baseURLVariable+"="+address)
	terraform.mustRun("import", "-no-color", "rebilly_organization_export.monthly", exportID)
	printed := terraform.mustRun("destroy", "-no-color", "-auto-approve")
	for _, want := range []string{
		"Warning: Organization Export Kept by Rebilly",
		"Terraform forgets the export " + exportID + ", and Rebilly keeps it and its file until 2026-04-13T09:36:53Z.",
	} {
		if !wrapped(want).MatchString(printed) {
			t.Errorf("it did not print %q:\n%s", want, printed)
		}
	}
	for _, request := range api.Requests() {
		if request.Method != http.MethodGet {
			t.Errorf("it sent %s %s", request.Method, request.Path)
		}
	}
}

func TestAccAnExportThatFailsIsInTheStateAsItWasSeenLast(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: "queued"}, rebillytest.Stage{Status: "failed"})
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, example(t, "resources/rebilly_organization_export/resource.tf"),
		apiKeyVariable+"="+rebillytest.SecretKey, baseURLVariable+"="+address)
	if printed, err := terraform.run("apply", "-no-color", "-auto-approve"); err == nil {
		t.Errorf("it succeeded:\n%s", printed)
	}
	if state := terraform.file("terraform.tfstate"); !strings.Contains(state, `"status": "failed"`) || !strings.Contains(state, `"status": "tainted"`) {
		t.Errorf("the state is %s", state)
	}
}

func TestAccAnInterruptedWaitEndsAtOnceAndKeepsTheExport(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: "queued"})
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, example(t, "resources/rebilly_organization_export/resource.tf"),
		apiKeyVariable+"="+rebillytest.SecretKey, baseURLVariable+"="+address)
	command := terraform.command("apply", "-no-color", "-auto-approve")
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()

	// The first look at the export comes two seconds after the request.
	looked := time.After(time.Minute)
	for poll := time.NewTicker(10 * time.Millisecond); len(api.Requests()) < 2; {
		select {
		case <-poll.C:
		case err := <-ended:
			t.Fatalf("it ended too early: %v\n%s", err, output.String())
		case <-looked:
			t.Fatal("it did not look at the export")
		}
	}
	interrupted := time.Now()
	if err := command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := <-ended
	// The client's tests say that it is at once. Here it is the CLI's own time,
	// and a wait that went on would last for half an hour.
	if took := time.Since(interrupted); err == nil || took > 10*time.Second {
		t.Errorf("it ended after %s with %v:\n%s", took, err, output.String())
	}
	for _, want := range []string{"Terraform was interrupted", "marked as tainted", "terraform untaint"} {
		if !wrapped(want).MatchString(output.String()) {
			t.Errorf("it did not print %q:\n%s", want, output.String())
		}
	}
	state := terraform.file("terraform.tfstate")
	if !strings.Contains(state, `"status": "tainted"`) || !strings.Contains(state, `"id": "org_exp_`) {
		t.Errorf("the export is not in the state, tainted: %s", state)
	}

	// As the error says, the export is still there to go on with.
	terraform.mustRun("untaint", "rebilly_organization_export.monthly")
	if printed := terraform.mustRun("plan", "-no-color", "-detailed-exitcode"); !strings.Contains(printed, "No changes") {
		t.Errorf("an untainted export is not as it should be:\n%s", printed)
	}
}
