package provider

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

// object is one way of the provider to ask Rebilly for something.
type object struct {
	name string
	// summary is that of its errors.
	summary string
	// list is set where it reads a list, posts where the fault hits a POST,
	// waits where it looks at an export until that is completed.
	list, posts, waits bool
	// before is how many requests are answered before the fault.
	before int
	// run does it and returns the state's attributes.
	run func(protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic)
	// intact fails the test where the state is not whole.
	intact func(t *testing.T, failed bool, attributes map[string]tftypes.Value)
}

const (
	dataSource        = "data source"
	waitingDataSource = "data source that waits"
	listOfExports     = "list"
	ephemeralResource = "ephemeral resource"
	refreshedResource = "refresh"
	requestedResource = "request"
	waitingResource   = "resource that waits"
)

func faultObjects() []object {
	prior := values{"id": exportID, "status": rebilly.StatusQueued, "user_id": "usr_before"}

	return []object{
		{
			name: dataSource, summary: "Unable to Read Organization Export",
			run:    func(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) { return p.read(exportID) },
			intact: nothingBut("id"),
		},
		{
			name: listOfExports, summary: "Unable to List Organization Exports", list: true,
			run:    func(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) { return p.readList(values{}) },
			intact: nothingBut(),
		},
		{
			name: ephemeralResource, summary: "Unable to Read Organization Export",
			run:    func(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) { return p.open(exportID) },
			intact: nothingBut("id"),
		},
		{
			name: refreshedResource, summary: "Unable to Read Organization Export",
			run: func(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) { return p.refresh(prior) },
			intact: func(t *testing.T, failed bool, attributes map[string]tftypes.Value) {
				t.Helper()
				if !failed {
					return
				}
				for name, want := range prior {
					if got := plain(t, attributes[name]); got != want {
						t.Errorf("%s is %v after the failure, and was %v", name, got, want)
					}
				}
			},
		},
		{
			name: waitingDataSource, summary: "Unable to Read Organization Export", waits: true, before: 1,
			run: func(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
				return p.readWith(values{"id": "x", "wait_for_completion": true, "timeouts": timeout("read")})
			},
			intact: nothingBut("id", "wait_for_completion", "timeouts"),
		},
		{
			name: requestedResource, summary: "Unable to Request Organization Export", posts: true,
			run: func(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
				return p.create(values{"wait_for_completion": false})
			},
			intact: func(t *testing.T, failed bool, attributes map[string]tftypes.Value) {
				t.Helper()
				if failed && len(attributes) > 0 {
					t.Errorf("the failed request left a state: %v", attributes)
				}
			},
		},
		{
			name: waitingResource, summary: "Organization Export Requested but Not Completed", waits: true, before: 1,
			run: func(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
				return p.create(values{"timeouts": timeout("create")})
			},
			intact: func(t *testing.T, failed bool, attributes map[string]tftypes.Value) {
				t.Helper()
				if id, _ := plain(t, attributes["id"]).(string); rebilly.ValidateID(id) != nil {
					t.Errorf("the id in the state is %q", id)
				}
				want := rebilly.StatusCompleted
				if failed {
					want = rebilly.StatusQueued
				}
				if got := plain(t, attributes["status"]); got != want {
					t.Errorf("the status in the state is %v, want %s", got, want)
				}
			},
		},
	}
}

// timeout returns the attribute timeouts that gives faultWait to an operation.
func timeout(operation string) map[string]tftypes.Value {
	return map[string]tftypes.Value{operation: tftypes.NewValue(tftypes.String, faultWait.String())}
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
