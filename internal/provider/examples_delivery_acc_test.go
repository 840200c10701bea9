package provider

import (
	"encoding/pem"
	"fmt"
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
	organizations []string
	// file is where the file of an export is delivered, with verbs for the
	// organization and the ID.
	file string
	// uploads says that the file leaves the machine, so that the next run may be on
	// an empty disk.
	uploads bool
}

func deliveringExamples() []deliveringExample {
	one, several := []string{"org_eu"}, []string{"org_eu", "org_us"}

	return []deliveringExample{
		{folder: "export-to-bucket", organizations: one, file: "s3/bucket/%s/%s", uploads: true},
		{folder: "download-with-actions", organizations: one, file: "exports/%s/%s"},
		{folder: "many-organizations-with-actions", organizations: several, file: "exports/%s/%s"},
		{folder: "request-and-download", organizations: one, file: "exports/%s/%s"},
		{folder: "many-organizations-download", organizations: several, file: "exports/%s/%s"},
	}
}

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

// newDelivery returns a CLI for example, and the API that it calls. The links of the
// API are https URLs, as the examples require.
func newDelivery(t *testing.T, example deliveringExample) (cli, *rebillytest.API) {
	t.Helper()
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: rebillytest.StatusCompleted})
	address, _ := overLoopback(t, api)
	host := httptest.NewTLSServer(api.Files())
	t.Cleanup(host.Close)
	api.SetFilesURL(host.URL)

	files := exampleFiles(t, example.folder)
	// The tests cannot set the clock of the CLI.
	const month = `formatdate("YYYY-MM", plantimestamp())`
	if !strings.Contains(files["main.tf"], month) {
		t.Fatal("the example does not export each month")
	}
	files["main.tf"] = strings.Replace(files["main.tf"], month, "var.month", 1)
	files["month.tf"] = "variable \"month\" {\n  type = string\n}\n"
	files["authority.pem"] = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: host.Certificate().Raw}))
	terraform := newCLI(t, files, apiKeyVariable+"="+rebillytest.SecretKey, baseURLVariable+"="+address, "TF_VAR_bucket=bucket",
		"TF_VAR_organization_id="+example.organizations[0], `TF_VAR_organization_ids=["`+strings.Join(example.organizations, `","`)+`"]`)
	commands := t.TempDir()
	if err := os.WriteFile(filepath.Join(commands, "aws"), []byte(fakeAWS), 0o700); err != nil { //nolint:gosec // It is a command.
		t.Fatal(err)
	}
	// curl reads the same variable as Go.
	terraform.env = append(terraform.env, "SSL_CERT_FILE="+filepath.Join(terraform.folder, "authority.pem"),
		"PATH="+commands+string(os.PathListSeparator)+os.Getenv("PATH"))

	return terraform, api
}

// in returns the CLI in a month.
func (c cli) in(month string) cli {
	c.env = append(slices.Clone(c.env), "TF_VAR_month="+month)

	return c
}

// remove removes a file or folder in the CLI's folder.
func (c cli) remove(name string) {
	c.t.Helper()
	if err := os.RemoveAll(filepath.Join(c.folder, name)); err != nil {
		c.t.Fatal(err)
	}
}

// filesOf returns the IDs of the files of all exports of an organization, by the
// ID of the export.
func filesOf(t *testing.T, api *rebillytest.API, organization string) map[string]string {
	t.Helper()
	attributes, diagnostics := configured(t, api, nil).readList(values{"organization_id": organization})
	mustSucceed(t, diagnostics)
	files := map[string]string{}
	exports, _ := plain(t, attributes["exports"]).([]any)
	for _, export := range exports {
		export, _ := export.(map[string]any)
		id, _ := export["id"].(string)
		files[id], _ = export["file_id"].(string)
	}

	return files
}

// mustDeliver applies, and fails the test unless the files of the exports of each
// organization are where they should be, and a plan shows no changes.
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
			name := fmt.Sprintf(example.file, organization, id)
			want := must(io.ReadAll(api.FileContent(fileID)))
			if terraform.file(name) != string(want) {
				t.Errorf("%s is not the file of the export", name)
			}
			if info, err := os.Stat(filepath.Join(terraform.folder, name)); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", name, info.Mode(), err)
			}
		}
	}
	if example.uploads {
		terraform.remove("exports")
	}
	if printed, err := terraform.run("plan", "-no-color", "-detailed-exitcode", "-input=false"); err != nil {
		t.Errorf("the next plan: %v\n%s", err, printed)
	}
}

// beginFault makes the first day fail.
func beginFault(fault string, terraform cli, api *rebillytest.API) {
	terraform.t.Helper()
	switch fault {
	case "request": // Rebilly refuses the request for one organization.
		api.Fail(rebillytest.Problem(http.StatusForbidden, "Forbidden", ""))
	case "download":
		api.FailFilesAlways(rebillytest.RefuseLink())
	case "upload":
		terraform.write("fail-upload", "")
	default: // The export takes longer than one run waits.
		api.SetLifeCycle(rebillytest.Stage{Status: rebillytest.StatusProcessing})
		terraform.write("main.tf", strings.Replace(terraform.file("main.tf"), "  lifecycle {", "  timeouts {\n    create = \"3s\"\n  }\n\n  lifecycle {", 1))
	}
}

// endFault ends it. The exports that took longer complete or fail.
func endFault(fault string, terraform cli, api *rebillytest.API, organizations []string) {
	terraform.t.Helper()
	api.FailFilesAlways(nil)
	terraform.remove("fail-upload")
	api.SetLifeCycle(rebillytest.Stage{Status: rebillytest.StatusCompleted})
	for _, organization := range organizations {
		for id := range filesOf(terraform.t, api, organization) {
			created := time.Now().Add(-time.Hour)
			switch fault {
			case "wait":
				api.Add(organization, rebillytest.Completed(id, created))
			case "failure after the wait":
				api.Add(organization, rebillytest.Queued(id, created).With("status", rebillytest.StatusFailed))
			}
		}
	}
}

func TestAccExamples_deliverAfterAFault(t *testing.T) {
	t.Parallel()
	for _, example := range deliveringExamples() {
		for _, fault := range []string{"request", "download", "upload", "wait", "failure after the wait"} {
			if fault == "upload" && !example.uploads {
				continue
			}
			t.Run(example.folder+"/"+fault, func(t *testing.T) {
				t.Parallel()
				terraform, api := newDelivery(t, example)
				beginFault(fault, terraform, api)
				january := terraform.in("2026-01")
				if printed, err := january.run("apply", "-no-color", "-auto-approve", "-input=false"); err == nil {
					t.Errorf("the first day did not fail:\n%s", printed)
				}
				endFault(fault, terraform, api, example.organizations)
				exports := 1
				if fault == "failure after the wait" {
					exports = 2
				}
				mustDeliver(t, january, api, example, exports)
				mustDeliver(t, terraform.in("2026-02"), api, example, exports+1)
			})
		}
	}
}

// The script of the guide keeps organizations apart: a refused request of the first one
// does not keep the file of the second one from arriving, and the state of each is its own.
func TestAccExamples_oneStateEach(t *testing.T) {
	t.Parallel()
	example := deliveringExample{folder: "request-and-download", organizations: []string{"org_acme", "org_globex"}}
	terraform, api := newDelivery(t, example)
	terraform = terraform.in("2026-01")
	commands := t.TempDir()
	for name, text := range map[string]string{
		// A build without a release cannot be initialized.
		filepath.Join(commands, "terraform"):           "#!/bin/sh\n[ $1 = init ] || exec '" + terraform.binary + "' \"$@\"\n",
		filepath.Join(terraform.folder, "exports.sh"):  exampleFiles(t, "export-to-bucket")["exports.sh"],
		filepath.Join(terraform.folder, "environment"): "export PATH='" + commands + "':\"$PATH\"\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o700); err != nil { //nolint:gosec // They are commands.
			t.Fatal(err)
		}
	}
	run := func(organizations string) (string, error) {
		command := exec.CommandContext(t.Context(), "sh", filepath.Join(terraform.folder, "exports.sh"))
		command.Env = append(slices.Clone(terraform.env), "ORGANIZATIONS="+organizations)
		printed, err := command.CombinedOutput()

		return string(printed), err
	}
	delivered := func() []string {
		files, _ := filepath.Glob(filepath.Join(terraform.folder, "exports", "*", "*"))

		return files
	}
	if printed, err := run(" "); err == nil {
		t.Errorf("it succeeds without organizations:\n%s", printed)
	}
	all := strings.Join(example.organizations, " ")
	api.Fail(rebillytest.Problem(http.StatusForbidden, "Forbidden", ""))
	if printed, err := run(all); err == nil || len(delivered()) != 1 || !strings.HasSuffix(printed, "Failed: org_acme\n") {
		t.Errorf("%v, with the files %s:\n%s", err, delivered(), printed)
	}
	if printed, err := run(all); err != nil || len(delivered()) != 2 {
		t.Errorf("%v, with the files %s:\n%s", err, delivered(), printed)
	}
}

// A link is the one thing that a stranger can put into the command.
func TestExamples_downloadScriptRefusesLinks(t *testing.T) {
	t.Parallel()
	script := must(filepath.Abs("../../examples/request-and-download/download.sh"))
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
