package provider

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestOrganizationExportDataSource_invalidID(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ id, want string }{
		"empty":         {"", "the ID is empty"},
		"51 characters": {strings.Repeat("x", 51), "the ID has 51 characters"},
		"slash":         {"../users", "letters, digits"},
		"space":         {"a b", "letters, digits"},
		"Greek letter":  {"α", "letters, digits"},
		"newline":       {"x\n", "letters, digits"},
		"dot":           {".", "would change the path"},
		"two dots":      {"..", "would change the path"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			mustFail(t, startProvider(t, inMemory(api, nil)).validateExport(values{"id": test.id}), "id", "Invalid Argument Value", "The value of id is invalid", test.want)
			if sent := len(api.Requests()); sent != 0 {
				t.Errorf("%d requests were sent", sent)
			}
		})
	}
}

func TestOrganizationExportDataSource_validID(t *testing.T) {
	t.Parallel()
	terraform := startProvider(t, inMemory(rebillytest.NewFor(t), nil))
	for _, id := range []any{"x", "@~-._", "...", strings.Repeat("x", 50), unknown} {
		mustSucceed(t, terraform.validateExport(values{"id": id}))
	}
	mustFail(t, terraform.validateExport(nil), "id", "Missing Configuration for Required Attribute")
}

func TestOrganizationExportDataSource_includeLinks(t *testing.T) {
	t.Parallel()
	terraform := configured(t, rebillytest.NewFor(t), nil)
	for _, test := range []struct {
		include  any
		included bool
	}{{nil, true}, {true, true}, {false, false}} {
		attributes, diagnostics := terraform.readWith(values{"id": exportID, "include_links": test.include})
		mustSucceed(t, diagnostics)
		if links, _ := plain(t, attributes["links"]).([]any); (len(links) == 3) != test.included {
			t.Errorf("include_links = %v: links is %v", test.include, links)
		}
		if got := plain(t, attributes["include_links"]); got != test.include {
			t.Errorf("include_links was %v and became %v", test.include, got)
		}
	}
}

// waitForX are the arguments of a data source that waits for the export "x".
func waitForX(timeout string) values {
	arguments := values{"id": "x", "wait_for_completion": true}
	if timeout != "" {
		arguments["timeouts"] = values{"read": timeout}
	}

	return arguments
}

func TestOrganizationExportDataSource_waitsIfConfigured(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		wait any
		want string
	}{"true": {true, "completed"}, "false": {false, "pending"}, "null": {nil, "pending"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			terraform := configured(t, rebillytest.NewWaitingFor(t, rebillytest.StatusCompleted), nil)
			attributes, diagnostics := terraform.readWith(values{"id": "x", "wait_for_completion": test.wait})
			mustSucceed(t, diagnostics)
			if got := plain(t, attributes["status"]); got != test.want {
				t.Errorf("the status is %v, want %s", got, test.want)
			}
		})
	}
}

// lasting returns first, and then a fault for longer than a wait lasts.
func lasting(first, fault rebillytest.Fault) []rebillytest.Fault {
	return append([]rebillytest.Fault{first}, slices.Repeat([]rebillytest.Fault{fault}, 99)...)
}

func TestOrganizationExportDataSource_waitFails(t *testing.T) {
	t.Parallel()
	queued := rebillytest.JSON(`{"id":"x","status":"queued","createdTime":"2026-03-14T09:26:53Z","updatedTime":"2026-03-14T09:26:53Z"}`)
	tests := map[string]struct {
		end, timeout string
		faults       []rebillytest.Fault
		attribute    string
		want         []string
	}{
		"failed":  {"failed", "", nil, "wait_for_completion", []string{"Export Failed", "its status is failed", "Requested: 2026-03-14T09:26:53Z", "Last changed: ", "Request a new export"}},
		"expired": {"expired", "", nil, "wait_for_completion", []string{"Export Expired", "its retention has ended", "Requested: 2026-03-14T09:26:53Z", "Retention ends: ", "Request a new export"}},
		"timed out": {
			"processing", "60s", nil, "",
			[]string{"Timed Out Waiting for Export", `it was still processing after 1m0s`, "Requested: 2026-03-14T09:26:53Z", "Rebilly continues with the export", `raise "read" in the timeouts block`},
		},
		"not found": {
			"completed", "",
			lasting(queued, rebillytest.Problem(404, "Not Found", "")),
			"id",
			[]string{"Export Not Found", "Rebilly returned 404 Not Found."},
		},
		"404 of a gateway": {
			"completed", "",
			lasting(queued, rebillytest.NotFoundMessage()),
			"",
			[]string{"Unexpected Response", "the host returned 404 Not Found."},
		},
		"credential expired": {
			"completed", "",
			lasting(queued, rebillytest.Problem(401, "Unauthorized", "Token expired.")),
			"",
			[]string{"Invalid Rebilly Credential", "Token expired.", "Credential: api_key in the provider configuration"},
		},
		"outage until the end": {
			"completed", "60s", lasting(queued, rebillytest.Problem(503, "Busy", "")), "",
			[]string{"Timed Out Waiting for Export", `it was still queued after 1m0s; the last poll failed: the API returned 503 Busy`},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewWaitingFor(t, test.end)
				api.Fail(test.faults...)
				opts := inMemory(api, nil)
				opts.retryWait, opts.pollWait = 0, 0
				terraform := startProvider(t, opts)
				mustSucceed(t, terraform.configure(values{"api_key": rebillytest.SecretKey}))
				attributes, diagnostics := terraform.readWith(waitForX(test.timeout))
				mustFail(t, diagnostics, test.attribute, append(test.want, `Could not read export "x": `)...)
				nothingBut("id", "wait_for_completion", "timeouts")(t, true, attributes)
			})
		})
	}
}

func TestOrganizationExportDataSource_waitOutlastsARateLimit(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewWaitingFor(t, rebillytest.StatusCompleted)
	api.Fail(rebillytest.JSON(`{"id":"x","status":"queued"}`), rebillytest.RateLimited(time.Time{}), rebillytest.RateLimited(time.Time{}))
	attributes, diagnostics := configured(t, api, nil).readWith(waitForX(""))
	mustSucceed(t, diagnostics)
	if got := plain(t, attributes["status"]); got != "completed" {
		t.Errorf("the status is %v", got)
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
	want := map[string]any{"size": strconv.FormatInt(api.FileContent(fileID).Size(), 10), "sha1": api.FileSHA1(fileID)}
	for name, attributes := range map[string]map[string]tftypes.Value{"ephemeral resource": opened, "data source": read(values{"id": exportID, "include_file": true})} {
		if difference := cmp.Diff(any(want), plain(t, attributes["file"])); difference != "" {
			t.Errorf("%s: the file differs (-want +got):\n%s", name, difference)
		}
	}

	before := len(api.Requests())
	for _, arguments := range []values{{"id": exportID}, {"id": exportID, "include_file": false}, {"id": "queued", "include_file": true}, {"id": "expired", "include_file": true}} {
		if file := read(arguments)["file"]; !file.IsNull() {
			t.Errorf("%v: the file is %s", arguments, file)
		}
	}
	if sent := len(api.Requests()) - before; sent != 4 {
		t.Errorf("%d requests were sent", sent)
	}
	api.Fail(rebillytest.JSON(`{"id":"x","status":"completed","fileId":"gone"}`))
	_, diagnostics = terraform.readWith(values{"id": "x", "include_file": true})
	mustFail(t, diagnostics, "include_file", "File Not Found")
}
