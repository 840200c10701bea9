package provider

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// appliedExample is a folder of examples/, applied.
type appliedExample struct {
	folder    string
	variables []string
	// outputs are its outputs as they stand in JSON.
	outputs map[string]any
	// warning is printed, where it is not "".
	warning string
}

// soon is when Rebilly removes an export that was requested 25 days ago and
// completed ten minutes later.
func soon(now time.Time) string {
	return now.AddDate(0, 0, -25).Add(10*time.Minute + 30*24*time.Hour).Format(time.RFC3339)
}

func appliedExamples(now time.Time) []appliedExample {
	return []appliedExample{
		{
			folder: "newest-completed-export",
			outputs: map[string]any{
				"id":           "newest",
				"created_time": now.AddDate(0, 0, -1).Format(time.RFC3339),
				"file_id":      "file_0YV7HZ7KDCC5WBV9Q7WRKG1H6N",
			},
		},
		{
			folder:    "gate-on-a-completed-export",
			variables: []string{"TF_VAR_export_id=soon"},
			outputs:   map[string]any{"file_id": "file_0YV7HZ7KDCC5WBV9Q7WRKG1H6N"},
			warning:   "The file is removed at " + soon(now) + ".",
		},
		{
			folder:  "expiry-alarm",
			outputs: map[string]any{"expiring": map[string]any{"soon": soon(now)}},
			warning: "Within 7 days Rebilly removes soon (" + soon(now) + ").",
		},
		{
			folder:    "record-counts",
			variables: []string{"TF_VAR_export_id=newest"},
			outputs: map[string]any{
				"record_counts": map[string]any{"customers": 1204., "invoices": 9310., "transactions": 48217., "users": 12.},
				"total_records": 58743.,
			},
		},
		{
			folder:    "signed-link-without-storing-it",
			variables: []string{"TF_VAR_export_id=newest", `TF_VAR_command=printf %s "$SIGNED_LINK" >received`},
			outputs:   map[string]any{},
		},
		{
			folder: "two-organizations",
			variables: []string{
				`TF_VAR_organizations={"europe":"org_eu","america":"org_us"}`,
				`TF_VAR_api_keys={"europe":"` + rebillytest.SecretKey + `","america":"` + rebillytest.SecretKey + `"}`,
			},
			outputs: map[string]any{"statuses": map[string]any{
				"europe": map[string]any{"x": "completed"}, "america": map[string]any{"x": "queued"},
			}},
		},
	}
}

// serveForExamples serves exports of several ages and organizations.
func serveForExamples(t *testing.T, now time.Time) []string {
	t.Helper()
	api := rebillytest.NewFor(t)
	api.Remove(rebillytest.DefaultOrganization, exportID)
	for id, days := range map[string]int{"newest": 1, "soon": 25, "later": 20} {
		api.Add(rebillytest.DefaultOrganization, rebillytest.Completed(id, now.AddDate(0, 0, -days)))
	}
	api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("waiting", now))
	api.Add("org_eu", rebillytest.Completed("x", now))
	api.Add("org_us", rebillytest.Queued("x", now))
	address, _ := overLoopback(t, api)

	return []string{apiKeyVariable + "=" + rebillytest.SecretKey, baseURLVariable + "=" + address}
}

func TestAccExamplesDoWhatTheySay(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	for _, example := range appliedExamples(now) {
		t.Run(example.folder, func(t *testing.T) {
			t.Parallel()
			environment := serveForExamples(t, now)
			if example.folder == "two-organizations" {
				// It takes both credentials from its variables.
				environment = environment[1:]
			}
			terraform := newCLI(t, exampleFiles(t, example.folder), append(environment, example.variables...)...)
			printed := terraform.mustRun("apply", "-no-color", "-auto-approve")
			if !wrapped(example.warning).MatchString(printed) || example.warning == "" && strings.Contains(printed, "failed") {
				t.Errorf("it printed\n%s", printed)
			}
			if diff := cmp.Diff(example.outputs, terraform.outputs()); diff != "" {
				t.Errorf("outputs (-want +got):\n%s", diff)
			}
			mustNotShow(t, "what it prints", printed, secrets...)
			if example.folder == "signed-link-without-storing-it" {
				mustNotShow(t, "its state", terraform.file("terraform.tfstate"), secrets...)
				if !strings.Contains(terraform.file("received"), rebillytest.SignedLinkSecret) {
					t.Error("its command got no signed link")
				}
			}
		})
	}
}

func TestAccExamplesRefuseWhatTheySay(t *testing.T) {
	t.Parallel()
	for _, refused := range []struct {
		folder    string
		variables []string
		reason    string
	}{
		{"newest-completed-export", []string{"TF_VAR_days=0"}, "No export of the last 0 days is completed."},
		{"gate-on-a-completed-export", []string{"TF_VAR_export_id=soon", `TF_VAR_required_types=["users","plans"]`}, "The export lacks plans."},
		{"signed-link-without-storing-it", []string{"TF_VAR_export_id=waiting", "TF_VAR_command=true"}, "The export waiting is not completed."},
	} {
		t.Run(refused.folder, func(t *testing.T) {
			t.Parallel()
			environment := serveForExamples(t, time.Now())
			terraform := newCLI(t, exampleFiles(t, refused.folder), append(environment, refused.variables...)...)
			printed, err := terraform.run("apply", "-no-color", "-auto-approve")
			if err == nil || !wrapped(refused.reason).MatchString(printed) {
				t.Errorf("%v:\n%s", err, printed)
			}
		})
	}
}

func TestAccTheTestsWithMocksPassAndCanFail(t *testing.T) {
	t.Parallel()
	files := exampleFiles(t, "tests-with-mocks")
	const tests = "tests/export.tftest.hcl"
	if printed := newCLI(t, files).mustRun("test", "-no-color"); !strings.Contains(printed, "3 passed, 0 failed") {
		t.Error(printed)
	}
	files[tests] = strings.Replace(files[tests], `status         = "completed"`, `status         = "failed"`, 1)
	printed, err := newCLI(t, files).run("test", "-no-color")
	if err == nil || !wrapped("is not completed but failed.").MatchString(printed) {
		t.Errorf("%v:\n%s", err, printed)
	}
}

func TestEveryExampleIsTried(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{
		// By tests of their own.
		"demo": true, "tests-with-mocks": true,
		// On the registry's pages, object by object.
		"provider": true, "data-sources": true, "ephemeral-resources": true, "resources": true,
	}
	for _, example := range appliedExamples(time.Now()) {
		tried[example.folder] = true
	}
	folders, err := os.ReadDir("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if folder.IsDir() && !tried[folder.Name()] {
			t.Errorf("no test applies examples/%s", folder.Name())
		}
	}
}

// outputs returns the values of the configuration's outputs.
func (c cli) outputs() map[string]any {
	c.t.Helper()
	var outputs map[string]struct {
		Value any `json:"value"`
	}
	if err := json.Unmarshal([]byte(c.mustRun("output", "-json")), &outputs); err != nil {
		c.t.Fatal(err)
	}
	values := map[string]any{}
	for name, output := range outputs {
		values[name] = output.Value
	}

	return values
}
