package provider

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestOrganizationExportDataSource_validatesTheID(t *testing.T) {
	t.Parallel()
	terraform := unconfigured(t, nil)
	for _, id := range []any{"x", "...", unknown} {
		mustSucceed(t, terraform.validateExport(values{"id": id}))
	}
	for _, id := range []string{"", "..", "../users", "file_0YV7DES3WPC5J8JD8QTVNZBZNZ"} {
		mustFail(t, terraform.validateExport(values{"id": id}), "id", invalidSummary)
	}
	mustFail(t, terraform.validateExport(nil), "id", "Missing Configuration for Required Attribute")
}

func TestOrganizationExportDataSource_includeLinks(t *testing.T) {
	t.Parallel()
	terraform := configured(t, rebillytest.NewFor(t), nil)
	for include, count := range map[any]int{nil: 3, true: 3, false: 0} {
		attributes, diagnostics := terraform.readWith(values{"id": exportID, "include_links": include})
		mustSucceed(t, diagnostics)
		if links, _ := plain(t, attributes["links"]).([]any); len(links) != count || attributes["links"].IsNull() != (count == 0) {
			t.Errorf("include_links = %v: links is %v", include, links)
		}
		mustHave(t, attributes, map[string]any{"include_links": include})
	}
}

// waitForX are the arguments of a data source that waits for the export "x".
func waitForX(timeout string) values {
	return values{"id": "x", "wait_for_completion": true, "timeouts": values{"read": timeout}}
}

func TestOrganizationExportDataSource_waitsIfConfigured(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		end  string
		wait any
		// status is the one in state, or else attribute and summary are those of the error.
		status, attribute, summary string
		took                       time.Duration
	}{
		"completed":      {end: "completed", wait: true, status: "completed"},
		"no wait":        {end: "completed", wait: false, status: "pending"},
		"by default":     {end: "completed", status: "pending"},
		"failed":         {end: "failed", wait: true, attribute: "wait_for_completion", summary: "Export Failed"},
		"expired":        {end: "expired", wait: true, attribute: "wait_for_completion", summary: "Export Expired"},
		"takes too long": {end: "processing", wait: true, summary: "Timed Out Waiting for Export", took: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				terraform := patient(t, rebillytest.NewWaitingFor(t, test.end), nil)
				attributes, diagnostics := terraform.readWith(waitForX("60s").with(values{"wait_for_completion": test.wait}))
				if test.took != 0 {
					took(t, start, test.took)
				}
				if test.status != "" {
					mustSucceed(t, diagnostics)
					mustHave(t, attributes, map[string]any{"status": test.status})
				} else {
					mustFail(t, diagnostics, test.attribute, test.summary)
					nothingBut("id", "wait_for_completion", "timeouts")(t, true, attributes)
				}
			})
		})
	}
}

func TestOrganizationExport_includesTheFile(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("queued", rebillytest.Created))
	api.Add(rebillytest.DefaultOrganization, rebillytest.Completed("expired", rebillytest.Created).With("status", rebillytest.StatusExpired))
	terraform := configured(t, api, nil)
	read := func(arguments values) map[string]tftypes.Value {
		t.Helper()
		attributes, diagnostics := terraform.readWith(arguments)
		mustSucceed(t, diagnostics)

		return attributes
	}
	opened, diagnostics := terraform.openWith(values{"id": exportID, "include_file": true})
	mustSucceed(t, diagnostics)
	fileID := as[string](t, opened["file_id"])
	want := map[string]any{"file": map[string]any{"size": strconv.FormatInt(api.FileContent(fileID).Size(), 10), "sha1": api.FileSHA1(fileID)}}
	mustHave(t, opened, want)
	mustHave(t, read(values{"id": exportID, "include_file": true}), want)

	before := len(api.Requests())
	for _, arguments := range []values{{"id": exportID}, {"id": exportID, "include_file": false}, {"id": "queued", "include_file": true}, {"id": "expired", "include_file": true}} {
		mustHave(t, read(arguments), map[string]any{"file": nil})
	}
	if sent := len(api.Requests()) - before; sent != 4 {
		t.Errorf("%d requests were sent", sent)
	}
	api.Fail(rebillytest.JSON(`{"id":"x","status":"completed","fileId":"gone"}`))
	_, diagnostics = terraform.readWith(values{"id": "x", "include_file": true})
	mustFail(t, diagnostics, "include_file", "File Not Found")
}
