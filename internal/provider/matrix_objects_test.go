package provider

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// object is an operation of a resource, a data source, an ephemeral resource, a
// list resource, or an action.
type object struct {
	name string
	// action is in the first sentence of an error, and aftermath at its end.
	action, aftermath string
	// list is set if it reads a list, creates if it begins with a POST, posts if
	// the fault hits that POST, and waits if the fault hits a poll.
	list, creates, posts, waits bool
	// warns is set if its errors are warnings, because an error would taint the export.
	warns bool
	// downloads is set if it downloads a file.
	downloads bool
	// like is the object whose exceptions hold for this one too.
	like string
	// before is the number of requests before the fault, and after that of those
	// that follow only if the fault passes.
	before, after int
	// run runs the operation and returns the attributes in state.
	run func(protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic)
	// intact fails the test if the state is not what the outcome allows.
	intact func(t *testing.T, outcome outcome, attributes map[string]tftypes.Value)
}

const (
	dataSource        = "data source"
	waitingDataSource = "data source that waits"
	listOfExports     = "list"
	ephemeralResource = "ephemeral resource"
	refreshedResource = "refresh"
	requestedResource = "request"
	waitingResource   = "resource that waits"
	updatedResource   = "update"
	waitingUpdate     = "update that waits"
	queriedExports    = "query"
	requestAction     = "request action"
	waitingAction     = "request action that waits"
	exportToDownload  = "download, its export"
	waitingDownload   = "download that waits"
	fileRecord        = "download, its file record"
	fileTransfer      = "download, its file"
)

func faultObjects() []object {
	return slices.Concat(faultReads(), faultResources(), faultActions())
}

// faultReads are the objects that read exports, and have no state.
func faultReads() []object {
	return []object{
		{
			name: dataSource, action: `read export "` + exportID + `": `,
			run:    func(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) { return p.read(exportID) },
			intact: nothingButArguments("id"),
		},
		{
			name: listOfExports, action: "list exports: ", list: true,
			run:    func(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) { return p.readList(values{}) },
			intact: nothingButArguments(),
		},
		{
			name: ephemeralResource, action: `read export "` + exportID + `": `,
			run:    func(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) { return p.open(exportID) },
			intact: nothingButArguments("id"),
		},
		{
			name: waitingDataSource, action: `read export "x": `, waits: true, before: 1,
			run: func(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
				return p.readWith(waitForX(faultWait.String()))
			},
			intact: nothingButArguments("id", "wait_for_completion", "timeouts"),
		},
		{
			name: queriedExports, like: listOfExports, action: "list exports: ", list: true,
			run: querying,
			intact: func(t *testing.T, outcome outcome, results map[string]tftypes.Value) {
				t.Helper()
				if outcome != accepted && len(results) > 0 {
					t.Errorf("the failed query returned %v", results)
				}
			},
		},
	}
}

// faultResources are the operations of the resource.
func faultResources() []object {
	return []object{
		{
			name: refreshedResource, action: `read export "` + exportID + `": `, before: 1,
			run: func(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
				export := p.manage()
				mustSucceed(p.t, export.importBy(exportID, nil))
				diagnostics := export.refresh()

				return export.current(), diagnostics
			},
			intact: func(t *testing.T, outcome outcome, attributes map[string]tftypes.Value) {
				t.Helper()
				if outcome == removed {
					if len(attributes) > 0 {
						t.Errorf("the export is still in state: %v", attributes)
					}

					return
				}
				mustHaveExport(t, attributes, rebilly.StatusCompleted)
				if got := plain(t, attributes["user_id"]); outcome != accepted && got == nil {
					t.Errorf("user_id is %v after the failure", got)
				}
			},
		},
		{
			name: requestedResource, action: "request an export: ", creates: true, posts: true,
			run:    applying(values{"wait_for_completion": false}),
			intact: mustHaveExportOrNothing,
		},
		{
			name: waitingResource, action: `wait for export "`, aftermath: "is in state. The next apply waits for it.", creates: true, waits: true, warns: true, before: 1,
			run:    applying(values{"timeouts": values{"create": faultWait.String()}}),
			intact: mustHaveProgress,
		},
		{
			name: updatedResource, action: `update export "`, aftermath: "stays in state", before: 1,
			run: applying(values{"wait_for_completion": false}, values{"wait_for_completion": false, "organization_id": rebillytest.DefaultOrganization}),
			intact: func(t *testing.T, outcome outcome, attributes map[string]tftypes.Value) {
				t.Helper()
				mustHaveExport(t, attributes, rebilly.StatusQueued)
				var want any
				if outcome == accepted {
					want = rebillytest.DefaultOrganization
				}
				if got := plain(t, attributes["organization_id"]); got != want {
					t.Errorf("organization_id is %v, want %v", got, want)
				}
			},
		},
		{
			name: waitingUpdate, action: `update export "`, aftermath: "stays in state", waits: true, before: 2,
			run:    applying(values{"wait_for_completion": false}, values{"timeouts": values{"update": faultWait.String()}}),
			intact: mustHaveProgress,
		},
	}
}

// applying returns an operation that applies arguments one after the other. Only
// the last one may have diagnostics.
func applying(arguments ...values) func(protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
	return func(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
		export := p.manage()
		var diagnostics []*tfprotov6.Diagnostic
		for _, next := range arguments {
			mustSucceed(p.t, diagnostics)
			diagnostics = export.apply(next)
		}

		return export.current(), diagnostics
	}
}

// mustHaveExport fails the test unless there is an export with the given status.
// An empty status stands for any.
func mustHaveExport(t *testing.T, attributes map[string]tftypes.Value, status string) {
	t.Helper()
	state := plainAll(t, attributes)
	if id, _ := state["id"].(string); rebilly.ValidateID(id) != nil {
		t.Errorf("the ID in state is %v", state["id"])
	}
	if status != "" && state["status"] != status {
		t.Errorf("the status in state is %v, want %s", state["status"], status)
	}
}

// mustHaveExportOrNothing fails the test if a request left an export and failed,
// or the other way around.
func mustHaveExportOrNothing(t *testing.T, outcome outcome, attributes map[string]tftypes.Value) {
	t.Helper()
	if outcome == accepted {
		mustHaveExport(t, attributes, "")
	} else if len(attributes) > 0 {
		t.Errorf("the failed request left %v", attributes)
	}
}

// mustHaveProgress fails the test unless the status is the last one that was
// read.
func mustHaveProgress(t *testing.T, outcome outcome, attributes map[string]tftypes.Value) {
	t.Helper()
	status := rebilly.StatusQueued
	if outcome == accepted {
		status = rebilly.StatusCompleted
	}
	mustHaveExport(t, attributes, status)
}

// nothingBut returns a check that a failed read leaves no attributes but the
// given ones, which the configuration sets.
func nothingBut(arguments ...string) func(*testing.T, bool, map[string]tftypes.Value) {
	return func(t *testing.T, failed bool, attributes map[string]tftypes.Value) {
		t.Helper()
		for name, value := range attributes {
			if failed && !value.IsNull() && !slices.Contains(arguments, name) {
				t.Errorf("the failed read left %s in the state: %s", name, value)
			}
		}
		if !failed && len(attributes) == 0 {
			t.Error("there is no state")
		}
	}
}

func nothingButArguments(arguments ...string) func(*testing.T, outcome, map[string]tftypes.Value) {
	return func(t *testing.T, outcome outcome, attributes map[string]tftypes.Value) {
		t.Helper()
		nothingBut(arguments...)(t, outcome != accepted, attributes)
	}
}
