package provider

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// exampleFiles returns the texts of the files of a folder of examples/.
func exampleFiles(t *testing.T, folder string) map[string]string {
	t.Helper()
	root := os.DirFS(filepath.Join("../../examples", folder))
	files := map[string]string{}
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := fs.ReadFile(root, name)
		files[name] = string(text)

		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	return files
}

// demo returns the files of examples/demo.
func demo(t *testing.T) map[string]string {
	t.Helper()
	files := exampleFiles(t, "demo")
	// make demo adds it for CLIs that have actions. With it, the tests would be
	// skipped for all others.
	delete(files, "actions/download.tf")
	// The export is one of make demo's.
	delete(files, "read.tf")

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

// example returns a file of examples/ and names the provider, which examples
// for the registry's pages do not.
func example(t *testing.T, name string) map[string]string {
	t.Helper()

	return map[string]string{"main.tf": page(t, "../examples/"+name), "provider.tf": requiredProviders}
}

// appliedExample is a folder of examples/ that a test applies.
type appliedExample struct {
	folder    string
	variables []string
	// outputs are the outputs that are compared, as in JSON.
	outputs map[string]any
	// says is printed, unless it is empty.
	says string
	// fails says that the example refuses what it finds.
	fails bool
}

// exampleExport returns the completed export of serveForExamples that was
// requested some days ago.
func exampleExport(id string, now time.Time, daysAgo int) rebillytest.Export {
	return rebillytest.Completed(id, now.AddDate(0, 0, -daysAgo))
}

// counts returns the record counts of an export by type, as in JSON, and their
// sum.
func counts(export rebillytest.Export) (byType map[string]any, sum float64) {
	byType = map[string]any{}
	resources, _ := export["resources"].([]any)
	for _, element := range resources {
		object, _ := element.(map[string]any)
		kind, _ := object["type"].(string)
		count, _ := object["recordCount"].(int64)
		byType[kind], sum = float64(count), sum+float64(count)
	}

	return byType, sum
}

func appliedExamples(now time.Time) []appliedExample {
	newest, soon, later := exampleExport("newest", now, 1), exampleExport("soon", now, 25), exampleExport("later", now, 20)
	newestCounts, newestSum := counts(newest)
	soonTime, _ := soon["retentionTime"].(string)

	return []appliedExample{
		{
			folder:  "newest-completed-export",
			outputs: map[string]any{"id": "newest", "created_time": newest["createdTime"], "file_id": newest["fileId"]},
		},
		{folder: "newest-completed-export", variables: []string{"TF_VAR_days=0"}, says: "No export of the last 0 days is completed.", fails: true},
		{
			folder:    "gate-on-a-completed-export",
			variables: []string{"TF_VAR_export_id=soon"},
			outputs:   map[string]any{"file_id": soon["fileId"]},
			says:      "Rebilly deletes the file at " + soonTime + ".",
		},
		{
			folder:    "gate-on-a-completed-export",
			variables: []string{"TF_VAR_export_id=soon", `TF_VAR_required_types=["users","plans"]`},
			says:      "Export soon lacks plans.",
			fails:     true,
		},
		{folder: "expiry-alarm", says: "Within 7 days, Rebilly deletes the files of soon (" + soonTime + ").", fails: true},
		{
			folder:    "expiry-alarm",
			variables: []string{"TF_VAR_days=2"},
			outputs: map[string]any{"retained_until": map[string]any{
				"newest": newest["retentionTime"], "soon": soonTime, "later": later["retentionTime"],
			}},
		},
		{
			folder:    "record-counts",
			variables: []string{"TF_VAR_export_id=newest"},
			outputs:   map[string]any{"record_counts": newestCounts, "total_records": newestSum},
		},
		{
			folder: "many-organizations",
			variables: []string{
				`TF_VAR_organization_ids=["org_eu","org_us"]`,
				`TF_VAR_audit_export_ids={"org_eu":"x"}`,
			},
			outputs: map[string]any{
				"completed_exports": map[string]any{"org_eu": 2., "org_us": 1.},
				"audit_kept_until":  map[string]any{"org_eu": exampleExport("x", now, 0)["retentionTime"]},
			},
		},
		{
			folder: "two-organizations",
			variables: []string{
				`TF_VAR_organization_ids={"europe":"org_eu","america":"org_us"}`,
				`TF_VAR_api_keys={"europe":"` + rebillytest.SecretKey + `","america":"` + rebillytest.SecretKey + `"}`,
			},
			outputs: map[string]any{"statuses": map[string]any{
				"europe": map[string]any{"x": "completed"}, "america": map[string]any{"x": "queued"},
			}},
		},
	}
}

// serveForExamples serves exports of several ages and organizations, and returns
// the environment variables that lead to them.
func serveForExamples(t *testing.T, now time.Time) []string {
	t.Helper()
	api := rebillytest.NewFor(t)
	api.Remove(rebillytest.DefaultOrganization, exportID)
	for id, days := range map[string]int{"newest": 1, "soon": 25, "later": 20} {
		api.Add(rebillytest.DefaultOrganization, exampleExport(id, now, days))
	}
	api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("waiting", now))
	api.Add("org_eu", exampleExport("x", now, 0))
	api.Add("org_us", rebillytest.Queued("x", now))
	api.SetLifeCycle(rebillytest.Stage{Status: rebillytest.StatusCompleted})
	address, _ := overLoopback(t, api)
	filesAddress, _ := overLoopback(t, api.Files())
	api.SetFilesURL(filesAddress)

	return []string{apiKeyVariable + "=" + rebillytest.SecretKey, baseURLVariable + "=" + address}
}

func TestAccExamples_apply(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	for _, example := range appliedExamples(now) {
		t.Run(fmt.Sprintf("%s/fails=%t", example.folder, example.fails), func(t *testing.T) {
			t.Parallel()
			environment := serveForExamples(t, now)
			if example.folder == "two-organizations" {
				// Its variables have the credentials.
				environment = environment[1:]
			}
			terraform := newCLI(t, exampleFiles(t, example.folder), append(environment, example.variables...)...)
			printed, err := terraform.run("apply", "-no-color", "-auto-approve")
			if (err != nil) != example.fails || !wrapped(example.says).MatchString(printed) || example.says == "" && strings.Contains(printed, "assertion failed") {
				t.Fatalf("%v, and it printed\n%s", err, printed)
			}
			mustNotShow(t, "the output", printed, secrets...)
			if example.fails {
				return
			}
			// No example stores a signed link.
			state := terraform.file("terraform.tfstate")
			mustNotShow(t, "the state", state, rebillytest.SignedLinkSecret)
			var got struct {
				Outputs map[string]struct{ Value any }
			}
			if err := json.Unmarshal([]byte(state), &got); err != nil {
				t.Fatal(err)
			}
			for name, want := range example.outputs {
				if difference := cmp.Diff(want, got.Outputs[name].Value); difference != "" {
					t.Errorf("the output %s differs (-want +got):\n%s", name, difference)
				}
			}
		})
	}
}

// The demo warns about old exports. The examples of the data sources have no
// required_providers, and share a folder here.
func TestAccExamples_checks(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: rebillytest.StatusCompleted})
	api.Add("org_acme", rebillytest.Completed("old", rebillytest.Created))
	address, _ := overLoopback(t, api)
	variables := []string{apiKeyVariable + "=" + rebillytest.SecretKey, baseURLVariable + "=" + address, "TF_VAR_period=test"}
	printed := newCLI(t, demo(t), variables...).mustRun("apply", "-no-color", "-auto-approve")
	if !wrapped("Some completed exports are older than 7 days.").MatchString(printed) {
		t.Errorf("the check of the demo passed:\n%s", printed)
	}

	files := example(t, "data-sources/rebilly_organization_exports/data-source.tf")
	files["export.tf"] = example(t, "data-sources/rebilly_organization_export/data-source.tf")["main.tf"]
	terraform := newCLI(t, files, variables...)
	api.Add(rebillytest.DefaultOrganization, rebillytest.Completed("newest", rebillytest.Created.AddDate(0, 1, 0)))
	api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("waiting", rebillytest.Created.AddDate(0, 2, 0)))
	if printed := terraform.mustRun("apply", "-no-color", "-auto-approve"); !strings.Contains(printed, `newest_completed_export = "newest"`) {
		t.Error(printed)
	}
	api.Add(rebillytest.DefaultOrganization, rebillytest.Queued(exportID, rebillytest.Created))
	printed, err := terraform.run("plan", "-no-color")
	if err == nil || !wrapped("Export "+exportID+" is queued, not completed.").MatchString(printed) {
		t.Errorf("the postcondition of the example passed: %v\n%s", err, printed)
	}
}

func TestAccExamples_testsWithMocks(t *testing.T) {
	t.Parallel()
	files := exampleFiles(t, "tests-with-mocks")
	const tests = "tests/export.tftest.hcl"
	if printed := newCLI(t, files).mustRun("test", "-no-color"); !strings.Contains(printed, "3 passed, 0 failed") {
		t.Error(printed)
	}
	files[tests] = strings.Replace(files[tests], `status         = "completed"`, `status         = "failed"`, 1)
	printed, err := newCLI(t, files).run("test", "-no-color")
	if err == nil || !wrapped("is failed, not completed.").MatchString(printed) {
		t.Errorf("%v:\n%s", err, printed)
	}
}

func TestExamples_areApplied(t *testing.T) {
	t.Parallel()
	applied := map[string]bool{
		// By other tests.
		"demo": true, "tests-with-mocks": true, "export-before-destroy": true,
		// On the registry's pages.
		"provider": true, "data-sources": true, "ephemeral-resources": true, "resources": true,
		"actions": true, "list-resources": true,
	}
	for _, example := range appliedExamples(time.Now()) {
		applied[example.folder] = true
	}
	for _, example := range deliveringExamples() {
		applied[example.folder] = true
	}
	for _, folder := range must(os.ReadDir("../../examples")) {
		if folder.IsDir() && !applied[folder.Name()] {
			t.Errorf("no test applies examples/%s", folder.Name())
		}
	}
}
