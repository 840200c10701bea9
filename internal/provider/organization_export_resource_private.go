package provider

import (
	"context"
	"encoding/json" //nolint:depguard // Values of private state are JSON.
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

// The keys of the resource's private state.
const (
	// privateLastRead has a lastRead.
	privateLastRead = "last_read"
	// privateDue has the rotation time if the last refresh found that the export was
	// due for rotation, and else an empty string.
	privateDue = "due_rotation_time"
	// privatePriorOrganization has the organization of the export in state. Every
	// plan of a change writes it, because Terraform may decide to replace the export
	// on its own.
	privatePriorOrganization = "prior_organization_id"
)

// lastRead says who has requested and read the export. Its zero value means an export
// that is being imported.
type lastRead struct {
	// BaseURL and Credential are those of the last GET that returned the export; empty
	// if there was none. The credential is a fingerprint.
	BaseURL    string `json:"base_url,omitempty"`
	Credential string `json:"credential,omitempty"`
	// Requested is when this resource requested the export, on Rebilly's clock; zero for
	// an imported one.
	Requested time.Time `json:"requested_time,omitzero"`
}

// setLastRead saves last, with the present base URL and credential if a GET has just
// returned the export. It keeps the fingerprint of the same credential, so that the
// state does not change.
func (d *providerData) setLastRead(ctx context.Context, private privateState, last lastRead, read bool) diag.Diagnostics {
	if read {
		last.BaseURL = d.client.BaseURL()
		if !d.credential.Matches(last.Credential) {
			last.Credential = d.credential.Fingerprint()
		}
	}

	return setPrivate(ctx, private, privateLastRead, last)
}

// provesAbsence reports whether a 404 of the API proves that Rebilly no longer has
// the export: a GET with the same credential and base URL has returned it before.
// The API may return 404 for what another credential cannot see, and for an export
// that was just requested.
func (d *providerData) provesAbsence(last lastRead) bool {
	return last.BaseURL == d.client.BaseURL() && d.credential.Matches(last.Credential)
}

// settling is how long after its request a server of the API may not know an export
// that another server has returned.
const settling = time.Hour

// isNew reports whether a problem says that an export is not found, and it was
// requested less than settling before, on the clock of the API.
func isNew(last lastRead, err error) bool {
	problem, ok := errors.AsType[*rebilly.Problem](err)

	return ok && problem.ResponseTime.Before(last.Requested.Add(settling)) && !problem.ResponseTime.IsZero()
}

// markCurrent records that this process has read or requested an export. Terraform
// starts a process to plan, which reads the export before, and another one to apply,
// which plans again without reading. Nothing else tells these plans apart.
func (d *providerData) markCurrent(id string) { d.current.Store(id, true) }

// privateState is what a request's and a response's private state have in
// common. Its keys have JSON values.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// getPrivate returns the value of a key, or the zero value if there is none.
func getPrivate[T any](ctx context.Context, private privateState, key string) (value T, diags diag.Diagnostics) {
	encoded, diags := private.GetKey(ctx, key)
	if len(encoded) == 0 || diags.HasError() {
		return value, diags
	}
	if err := json.Unmarshal(encoded, &value); err != nil {
		diags.Append(newError("Invalid Private State", fmt.Sprintf("The key %q of the resource's private state is invalid: %s.", key, err)))
	}

	return value, diags
}

func setPrivate(ctx context.Context, private privateState, key string, value any) diag.Diagnostics {
	// Texts and times of this provider can always be encoded.
	encoded, _ := json.Marshal(value)

	return private.SetKey(ctx, key, encoded)
}
