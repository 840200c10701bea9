package provider

import (
	"net/http"
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
	for wait, want := range map[any]string{true: "completed", false: "pending", nil: "pending"} {
		terraform := configured(t, rebillytest.NewWaitingFor(t, rebillytest.StatusCompleted), nil)
		attributes, diagnostics := terraform.readWith(values{"id": "x", "wait_for_completion": wait})
		mustSucceed(t, diagnostics)
		mustHave(t, attributes, map[string]any{"status": want})
	}
}

func TestOrganizationExportDataSource_waitFails(t *testing.T) {
	t.Parallel()
	for end, test := range map[string]struct {
		attribute, summary string
		took               time.Duration
	}{
		"failed":     {attribute: "wait_for_completion", summary: "Export Failed"},
		"expired":    {attribute: "wait_for_completion", summary: "Export Expired"},
		"processing": {summary: "Timed Out Waiting for Export", took: time.Minute},
	} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				attributes, diagnostics := patient(t, rebillytest.NewWaitingFor(t, end), nil).readWith(waitForX("60s"))
				mustFail(t, diagnostics, test.attribute, test.summary)
				nothingBut("id", "wait_for_completion", "timeouts")(t, true, attributes)
				if took := time.Since(start); test.took != 0 && took != test.took {
					t.Errorf("it took %s", took)
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

func TestDataSource_redirectLoop(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.FailAlways(rebillytest.Redirect(http.StatusFound, "/organization-exports/x"))
	terraform := configured(t, api, nil)
	_, diagnostics := terraform.readWith(values{"id": "x"})
	mustFail(t, diagnostics, "", "Redirect Refused", "redirects the request to itself")
	mustFail(t, terraform.manage().apply(nil), "", "Redirect Refused", "redirects the request to itself")
}
