package provider

import (
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// deliveringExample is a folder of examples/ that delivers the file of an export
// each calendar month, whatever fails on the first day.
type deliveringExample struct {
	folder        string
	variables     []string
	organizations []string
	// file returns where the file of an export is delivered.
	file func(organization, id string) string
	// uploads says that the file leaves the machine, so that the next run may be on
	// an empty disk.
	uploads bool
}

func deliveringExamples() []deliveringExample {
	const one, several = "TF_VAR_organization_id=org_eu", `TF_VAR_organization_ids=["org_eu","org_us"]`

	return []deliveringExample{
		{
			folder:        "export-to-bucket",
			variables:     []string{one, "TF_VAR_bucket=bucket"},
			organizations: []string{"org_eu"},
			file:          func(organization, id string) string { return "s3/bucket/" + organization + "/" + id },
			uploads:       true,
		},
		{
			folder:        "download-with-actions",
			variables:     []string{one},
			organizations: []string{"org_eu"},
			file:          func(_, id string) string { return "exports/" + id },
		},
		{
			folder:        "many-organizations-with-actions",
			variables:     []string{several},
			organizations: []string{"org_eu", "org_us"},
			file:          func(organization, id string) string { return "exports/" + organization + "/" + id },
		},
		{
			folder:        "request-and-download",
			variables:     []string{one},
			organizations: []string{"org_eu"},
			file:          func(_, id string) string { return "exports/" + id },
		},
		{
			folder:        "many-organizations-download",
			variables:     []string{several},
			organizations: []string{"org_eu", "org_us"},
			file:          func(organization, id string) string { return "exports/" + organization + "/" + id },
		},
	}
}

// month is what the examples have as the month, and becomes a variable, because
// the tests cannot set the clock of the CLI.
const month = `formatdate("YYYY-MM", plantimestamp())`

// fakeAWS is the command aws of the tests. It moves files to a folder, and fails
// while there is a file fail-upload.
const fakeAWS = `#!/bin/sh
set -eu
[ "$1 $2 $3" = "s3 mv --no-progress" ]
if [ -e fail-upload ]; then
  echo "upload failed" >&2
  exit 1
fi
to=s3/${5#s3://}
mkdir -p "$(dirname "$to")"
mv "$4" "$to"
`

// newDelivery returns a CLI for example, the API that it calls, and the URL of the
// file host. The links of the API are https URLs, as the examples require.
func newDelivery(t *testing.T, example deliveringExample) (cli, *rebillytest.API, string) {
	t.Helper()
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: rebillytest.StatusCompleted})
	address, _ := overLoopback(t, api)
	host := httptest.NewTLSServer(api.Files())
	t.Cleanup(host.Close)
	api.SetFilesURL(host.URL)

	files := exampleFiles(t, example.folder)
	if !strings.Contains(files["main.tf"], month) {
		t.Fatal("the example does not export each month")
	}
	files["main.tf"] = strings.Replace(files["main.tf"], month, "var.month", 1)
	files["month.tf"] = "variable \"month\" {\n  type = string\n}\n"
	files["authority.pem"] = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: host.Certificate().Raw}))
	terraform := newCLI(t, files, append([]string{
		apiKeyVariable + "=" + rebillytest.SecretKey, baseURLVariable + "=" + address,
	}, example.variables...)...)
	// curl reads the same variable as Go.
	terraform.env = append(terraform.env, "SSL_CERT_FILE="+filepath.Join(terraform.folder, "authority.pem"))

	commands := t.TempDir()
	if err := os.WriteFile(filepath.Join(commands, "aws"), []byte(fakeAWS), 0o700); err != nil { //nolint:gosec // It is a command.
		t.Fatal(err)
	}
	terraform.env = append(terraform.env, "PATH="+commands+string(os.PathListSeparator)+os.Getenv("PATH"))

	return terraform, api, host.URL
}

// in returns the CLI in a month.
func (c cli) in(month string) cli {
	c.env = append(slices.Clone(c.env), "TF_VAR_month="+month)

	return c
}

// filesOf returns the IDs of the files of all exports of an organization, by the
// ID of the export.
func filesOf(t *testing.T, api *rebillytest.API, organization string) map[string]string {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/organizations/"+organization+"/organization-exports", nil)
	request.Header.Set("REB-APIKEY", rebillytest.SecretKey)
	recorded := httptest.NewRecorder()
	api.ServeHTTP(recorded, request)
	var exports []struct{ ID, FileID string }
	if err := json.Unmarshal(recorded.Body.Bytes(), &exports); err != nil {
		t.Fatalf("%v: %s", err, recorded.Body)
	}
	files := map[string]string{}
	for _, export := range exports {
		files[export.ID] = export.FileID
	}

	return files
}

// mustDeliver applies, and fails the test unless the newest export of each
// organization is where it should be, and a plan shows no changes.
func mustDeliver(t *testing.T, terraform cli, api *rebillytest.API, example deliveringExample, exports int) {
	t.Helper()
	printed := terraform.mustRun("apply", "-no-color", "-auto-approve", "-input=false")
	mustNotShow(t, "the output", printed, secrets...)
	mustNotShow(t, "the state", terraform.state(), secrets...)
	for _, organization := range example.organizations {
		files := filesOf(t, api, organization)
		if len(files) != exports {
			t.Errorf("%s has %d exports, and must have %d:\n%s", organization, len(files), exports, printed)
		}
		for id, fileID := range files {
			if fileID == "" { // It has failed.
				continue
			}
			name := example.file(organization, id)
			want, err := io.ReadAll(api.FileContent(fileID))
			if err != nil {
				t.Fatal(err)
			}
			if terraform.file(name) != string(want) {
				t.Errorf("%s is not the file of the export", name)
			}
			if info, err := os.Stat(filepath.Join(terraform.folder, name)); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", name, info.Mode(), err)
			}
		}
	}
	if printed, err := terraform.run("plan", "-no-color", "-detailed-exitcode", "-input=false"); err != nil {
		t.Errorf("the next plan: %v\n%s", err, printed)
	}
}

// remove removes a file or folder in the CLI's folder.
func (c cli) remove(name string) {
	c.t.Helper()
	if err := os.RemoveAll(filepath.Join(c.folder, name)); err != nil {
		c.t.Fatal(err)
	}
}

// dayOne has what fails on the first day, and what ends it.
var dayOne = map[string]struct {
	begin func(*testing.T, cli, *rebillytest.API)
	end   func(*testing.T, cli, *rebillytest.API, deliveringExample)
	// failed is the number of exports that fail.
	failed int
}{
	// Rebilly refuses the request for one organization.
	"request": {
		begin: func(_ *testing.T, _ cli, api *rebillytest.API) {
			api.Fail(rebillytest.Problem(http.StatusForbidden, "Forbidden", ""))
		},
		end: func(*testing.T, cli, *rebillytest.API, deliveringExample) {},
	},
	"download": {
		begin: func(_ *testing.T, _ cli, api *rebillytest.API) { api.FailFilesAlways(rebillytest.RefuseLink()) },
		end:   func(_ *testing.T, _ cli, api *rebillytest.API, _ deliveringExample) { api.FailFilesAlways(nil) },
	},
	"upload": {
		begin: func(_ *testing.T, terraform cli, _ *rebillytest.API) { terraform.write("fail-upload", "") },
		end: func(_ *testing.T, terraform cli, _ *rebillytest.API, _ deliveringExample) {
			terraform.remove("fail-upload")
		},
	},
	// The export takes longer than one run waits.
	"wait": {begin: waitForThreeSeconds, end: func(t *testing.T, _ cli, api *rebillytest.API, example deliveringExample) {
		t.Helper()
		endAll(t, api, example, func(id string) rebillytest.Export { return rebillytest.Completed(id, time.Now().Add(-time.Hour)) })
	}},
	// The export fails after the run that requested it.
	"failure after the wait": {begin: waitForThreeSeconds, failed: 1, end: func(t *testing.T, _ cli, api *rebillytest.API, example deliveringExample) {
		t.Helper()
		endAll(t, api, example, func(id string) rebillytest.Export {
			return rebillytest.Queued(id, time.Now().Add(-time.Hour)).With("status", rebillytest.StatusFailed)
		})
	}},
}

// waitForThreeSeconds makes the configuration wait that long for an export that takes
// longer.
func waitForThreeSeconds(_ *testing.T, terraform cli, api *rebillytest.API) {
	api.SetLifeCycle(rebillytest.Stage{Status: rebillytest.StatusProcessing})
	terraform.write("main.tf", strings.Replace(terraform.file("main.tf"), "  lifecycle {", "  timeouts {\n    create = \"3s\"\n  }\n\n  lifecycle {", 1))
}

// endAll replaces all exports by what became of them. The next exports complete.
func endAll(t *testing.T, api *rebillytest.API, example deliveringExample, ended func(id string) rebillytest.Export) {
	t.Helper()
	api.SetLifeCycle(rebillytest.Stage{Status: rebillytest.StatusCompleted})
	for _, organization := range example.organizations {
		for id := range filesOf(t, api, organization) {
			api.Add(organization, ended(id))
		}
	}
}

func TestAccExamples_deliverAfterAFault(t *testing.T) {
	t.Parallel()
	for _, example := range deliveringExamples() {
		for fault, first := range dayOne {
			if fault == "upload" && !example.uploads {
				continue
			}
			t.Run(example.folder+"/"+fault, func(t *testing.T) {
				t.Parallel()
				terraform, api, _ := newDelivery(t, example)
				first.begin(t, terraform, api)
				january := terraform.in("2026-01")
				if printed, err := january.run("apply", "-no-color", "-auto-approve", "-input=false"); err == nil {
					t.Errorf("the first day did not fail:\n%s", printed)
				}
				first.end(t, terraform, api, example)
				// The second day, the same month again, and the next month. What is uploaded
				// needs no disk that is kept.
				for _, day := range []struct {
					cli     cli
					exports int
				}{{january, 1}, {january, 1}, {terraform.in("2026-02"), 2}} {
					if example.uploads {
						terraform.remove("exports")
					}
					mustDeliver(t, day.cli, api, example, day.exports+first.failed)
				}
			})
		}
	}
}

// The loop of the guide keeps organizations apart: a refused request of the first one
// does not keep the file of the second one from arriving.
func TestAccExamples_oneStateEach(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/guides/get-your-data-out.md")
	if err != nil {
		t.Fatal(err)
	}
	_, loop, found := strings.Cut(string(guide), "```shell\nfailed=0\n")
	if !found {
		t.Fatal("the guide has no loop")
	}
	loop, _, _ = strings.Cut(loop, "```")
	example := deliveringExample{folder: "request-and-download", organizations: []string{"org_acme", "org_globex"}}
	terraform, api, _ := newDelivery(t, example)
	terraform = terraform.in("2026-01")
	run := func() (string, error) {
		command := exec.CommandContext(t.Context(), "sh", "-e", "-c", "terraform() { \"$TERRAFORM\" \"$@\"; }\nfailed=0\n"+loop)
		command.Dir, command.Env = terraform.folder, append(slices.Clone(terraform.env), "TERRAFORM="+terraform.binary)
		printed, err := command.CombinedOutput()

		return string(printed), err
	}
	delivered := func() []string {
		files, _ := filepath.Glob(filepath.Join(terraform.folder, "exports", "*"))

		return files
	}
	api.Fail(rebillytest.Problem(http.StatusForbidden, "Forbidden", ""))
	if printed, err := run(); err == nil || len(delivered()) != 1 {
		t.Errorf("%v, with the files %s:\n%s", err, delivered(), printed)
	}
	if printed, err := run(); err != nil || len(delivered()) != 2 {
		t.Errorf("%v, with the files %s:\n%s", err, delivered(), printed)
	}
}

// A link is the one thing that a stranger can put into the command.
func TestExamples_downloadScriptRefusesLinks(t *testing.T) {
	t.Parallel()
	script, err := filepath.Abs("../../examples/request-and-download/download.sh")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	for name, link := range map[string]string{
		"http":        "http://127.0.0.1/file",
		"option":      "https://127.0.0.1/\"\noutput = \"injected",
		"quote":       `https://127.0.0.1/"`,
		"backslash":   `https://127.0.0.1/\n`,
		"space":       "https://127.0.0.1/a b",
		"newline":     "https://127.0.0.1/a\nb",
		"command":     "https://127.0.0.1/`touch injected`",
		"other local": "file:///etc/passwd",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			command := exec.CommandContext(t.Context(), "sh", script)
			command.Dir = t.TempDir()
			command.Env = []string{"PATH=" + os.Getenv("PATH"), "SIGNED_LINK=" + link, "SIZE=0", "SHA1=", "FILE=file", "STATUS=completed", "EXPORT_ID=id", "ORGANIZATION_ID=org"}
			printed, err := command.CombinedOutput()
			if err == nil || !strings.Contains(string(printed), "Export id of org: the signed link") {
				t.Errorf("%v:\n%s", err, printed)
			}
			if left, err := os.ReadDir(command.Dir); err != nil || len(left) > 0 {
				t.Errorf("there is %v, %v", left, err)
			}
		})
	}
}

// Whether the provider or the script refuses the link, nothing of it is executed.
func TestAccExamples_hostileLinks(t *testing.T) {
	t.Parallel()
	for name, base := range map[string]string{
		"options":  "https://host/\"\ndump-header = \"injected\"\nuser-agent = \"",
		"quotes":   `https://host/"';touch injected;'"`,
		"spaces":   "https://host/ --dump-header injected ",
		"newlines": "https://host/\ntouch injected\n",
		"command":  "https://host/$(touch injected)`touch injected`",
		"file":     "file:///etc/hostname?",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			example := deliveringExamples()[3]
			terraform, api, host := newDelivery(t, example)
			api.SetFilesURL(strings.ReplaceAll(base, "https://host", host))
			printed, err := terraform.in("2026-01").run("apply", "-no-color", "-auto-approve", "-input=false")
			if err == nil {
				t.Errorf("it succeeded:\n%s", printed)
			}
			mustNotShow(t, "the output", printed, secrets...)
			for _, file := range []string{"injected", "exports"} {
				if _, err := os.Stat(filepath.Join(terraform.folder, file)); err == nil {
					t.Errorf("there is a file %s:\n%s", file, printed)
				}
			}
		})
	}
}

// The shop is destroyed only after an export. The configuration says so by a
// variable, because no failed action stops terraform destroy.
func TestAccExamples_exportBeforeDestroy(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, exampleFiles(t, "export-before-destroy"),
		apiKeyVariable+"="+rebillytest.SecretKey, baseURLVariable+"="+address, "TF_VAR_organization_id=org_eu")
	terraform.mustRun("apply", "-no-color", "-auto-approve")
	if files := filesOf(t, api, "org_eu"); len(files) > 0 {
		t.Errorf("the creation requested exports: %v", files)
	}

	arguments := []string{"apply", "-no-color", "-auto-approve", "-var=keep_shop=false"}
	api.SetLifeCycle(rebillytest.Stage{Status: rebillytest.StatusFailed})
	if printed, err := terraform.run(arguments...); err == nil || !strings.Contains(terraform.state(), `"name":"shop"`) {
		t.Errorf("%v, and the state is %s:\n%s", err, terraform.state(), printed)
	}
	api.SetLifeCycle(rebillytest.Stage{Status: rebillytest.StatusCompleted})
	terraform.mustRun(arguments...)
	if files := filesOf(t, api, "org_eu"); len(files) != 2 {
		t.Errorf("there are the exports %v", files)
	}
	if strings.Contains(terraform.state(), `"name":"shop"`) {
		t.Errorf("the state is %s", terraform.state())
	}
}
