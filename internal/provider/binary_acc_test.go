package provider

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

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
			address, _ := overLoopback(t, api)
			terraform := newCLI(t, test.files(t),
				test.variable+"="+test.credential, baseURLVariable+"="+address,
				"TF_VAR_export_id="+exportID, "TF_VAR_oldest_days=1000",
				"TF_LOG=TRACE", "TF_LOG_PATH=trace.log")
			// Two of the attempts fail with the credential in what the API says.
			api.Fail(
				rebillytest.Answer(502, "text/html", "<p>"+test.credential+"</p>"),
				rebillytest.Problem(503, "Busy", "key "+test.credential),
			)

			printed := map[string]string{
				"plan":       terraform.mustRun("plan", "-no-color", "-out=demo.tfplan"),
				"show plan":  terraform.mustRun("show", "-no-color", "demo.tfplan"),
				"apply":      terraform.mustRun("apply", "-no-color", "demo.tfplan"),
				"show":       terraform.mustRun("show", "-no-color"),
				"state show": terraform.mustRun("state", "show", "-no-color", "data.rebilly_organization_export.this"),
				"output":     terraform.mustRun("output", "-no-color", "-json"),
				"refresh":    terraform.mustRun("plan", "-no-color", "-refresh-only"),
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
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.FailAlways(fault)
			address, _ := overLoopback(t, api)
			terraform := newCLI(t, demo(t),
				apiKeyVariable+"="+rebillytest.SecretKey, baseURLVariable+"="+address,
				"TF_VAR_export_id="+exportID, "TF_LOG=TRACE", "TF_LOG_PATH=trace.log")
			printed, err := terraform.run("plan", "-no-color")
			if err == nil || !wrapped("Unable to Read Organization Export").MatchString(printed) {
				t.Fatalf("got %v\n%s", err, printed)
			}
			mustNotShow(t, "the error", printed, rebillytest.SecretKey, rebillytest.SignedLinkSecret)
			mustNotShow(t, "the log", terraform.file("trace.log"), rebillytest.SecretKey, rebillytest.SignedLinkSecret)
		})
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

func TestAccTheDemosChecksFailWhereTheyShould(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("waiting", rebillytest.Created))
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, demo(t), apiKeyVariable+"="+rebillytest.SecretKey, baseURLVariable+"="+address)

	printed, err := terraform.run("plan", "-no-color", "-var=export_id=waiting")
	if err == nil || !wrapped("The export waiting is not completed but queued.").MatchString(printed) {
		t.Errorf("the postcondition: got %v\n%s", err, printed)
	}
	printed, err = terraform.run("plan", "-no-color", "-var=export_id="+exportID)
	if err != nil || !wrapped("days old. Request another one.").MatchString(printed) {
		t.Errorf("the check: got %v\n%s", err, printed)
	}
}
