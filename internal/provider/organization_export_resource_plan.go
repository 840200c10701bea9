package provider

import (
	"context"
	"encoding/json" //nolint:depguard // Values of private state are JSON.
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

// ModifyPlan implements resource.ResourceWithModifyPlan. It decides what needs a
// new export, which organization it belongs to, and whether an update waits for
// an export that is still in progress. Everything else keeps its value.
func (r *organizationExportResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var config, plan, state organizationExportResourceModel
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
		resp.Diagnostics.Append(keptByRebillyWarning(state.organizationExportModel))

		return
	}
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	creates := req.State.Raw.IsNull()
	if !creates {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	imported, diags := getPrivate[bool](ctx, req.Private, privateImported)
	resp.Diagnostics.Append(diags...)
	replaced, diags := getPrivate[string](ctx, req.Private, privateReplaced)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	plan.OrganizationID = r.organizationFor(config.OrganizationID)
	if plan.OrganizationID.IsNull() {
		plan.OrganizationID = state.OrganizationID
	}
	// Terraform plans a replacement twice: as a change of the state, and then as
	// a creation, with the private state that the first plan returned.
	if !creates {
		resp.Diagnostics.Append(setPrivate(ctx, resp.Private, privateReplaced, state.OrganizationID.ValueString())...)
	} else if imported = false; replaced != "" && plan.OrganizationID.IsNull() {
		resp.Diagnostics.Append(organizationNotSetError(replaced))

		return
	}
	// Nobody knows whether an imported export includes files, or why it was
	// requested: the configuration says so first, without a new export.
	adoptsFiles := imported && state.IncludeFiles.IsNull()
	adoptsTriggers := imported && state.Triggers.IsNull()
	plan.IncludeFiles = config.IncludeFiles
	if plan.IncludeFiles.IsNull() && !adoptsFiles {
		plan.IncludeFiles = types.BoolValue(false)
	}

	plan.RotationTime = rotationTime(plan.RotateAfter, plan.CreatedTime)
	if !creates {
		if !state.OrganizationID.IsNull() && !plan.OrganizationID.Equal(state.OrganizationID) {
			resp.RequiresReplace.Append(path.Root("organization_id"))
		}
		if !adoptsFiles && !plan.IncludeFiles.Equal(state.IncludeFiles) {
			resp.RequiresReplace.Append(path.Root("include_files"))
		}
		if !adoptsTriggers && !plan.Triggers.Equal(state.Triggers) {
			resp.RequiresReplace.Append(path.Root("triggers"))
		}
		resp.Diagnostics.Append(r.planRotation(ctx, &plan, state, resp)...)
		if !plan.WaitForCompletion.Equal(types.BoolValue(false)) && isInProgress(state.Status) {
			plan.setProgress(unknownProgress)
		}
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
	if !creates && !plan.OrganizationID.IsUnknown() && resp.Identity != nil && !resp.Identity.Raw.IsNull() {
		resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, plan.organizationExportModel)...)
	}
}

// planRotation replaces an export that is due for rotation, or that has a status
// of replace_on_status. Terraform ignores a replacement because of an attribute
// that does not change, so the attribute becomes unknown.
func (r *organizationExportResource) planRotation(ctx context.Context, plan *organizationExportResourceModel,
	state organizationExportResourceModel, resp *resource.ModifyPlanResponse,
) diag.Diagnostics {
	var (
		diags    diag.Diagnostics
		statuses []types.String
	)
	if due, err := time.Parse(time.RFC3339, plan.RotationTime.ValueString()); err == nil && !r.now().Before(due) {
		plan.RotationTime = types.StringUnknown()
		resp.RequiresReplace.Append(path.Root("rotation_time"))
		diags.Append(rotationWarning(state.organizationExportModel, plan.RotateAfter.ValueString()))
	}
	if !plan.ReplaceOnStatus.IsUnknown() {
		diags.Append(plan.ReplaceOnStatus.ElementsAs(ctx, &statuses, false)...)
	}
	if slices.ContainsFunc(statuses, func(status types.String) bool { return status.Equal(state.Status) }) {
		plan.Status = types.StringUnknown()
		resp.RequiresReplace.Append(path.Root("status"))
		diags.Append(statusWarning(state.organizationExportModel))
	}

	return diags
}

// rotationTime returns the time at which an export is due for rotation: null if
// it never is, unknown if its parts are not known yet.
func rotationTime(rotateAfter, createdTime types.String) types.String {
	switch {
	case rotateAfter.IsNull():
		return types.StringNull()
	case rotateAfter.IsUnknown(), createdTime.IsUnknown():
		return types.StringUnknown()
	}
	created, err := time.Parse(time.RFC3339, createdTime.ValueString())
	if err != nil {
		return types.StringNull()
	}
	age, err := time.ParseDuration(rotateAfter.ValueString())
	if err != nil {
		return types.StringNull()
	}

	return types.StringValue(created.Add(age).UTC().Format(time.RFC3339))
}

// isInProgress reports whether an export of the given status can be waited for.
// An export that could not be read after its request has no status yet.
func isInProgress(status types.String) bool {
	switch status.ValueString() {
	case rebilly.StatusPending, rebilly.StatusQueued, rebilly.StatusProcessing, "":
		return true
	default:
		return false
	}
}

// unknownProgress has the attributes of setProgress, not known yet.
var unknownProgress = organizationExportModel{
	FileID:        types.StringUnknown(),
	Status:        types.StringUnknown(),
	Resources:     types.ListUnknown(resourceType),
	RecordCounts:  types.MapUnknown(types.Int64Type),
	UpdatedTime:   types.StringUnknown(),
	RetentionTime: types.StringUnknown(),
}

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
		diags.AddError("Invalid Private State", fmt.Sprintf("The key %q of the resource's private state is invalid: %s.", key, err))
	}

	return value, diags
}

func setPrivate(ctx context.Context, private privateState, key string, value any) diag.Diagnostics {
	encoded, err := json.Marshal(value)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Invalid Private State", fmt.Sprintf("The key %q cannot be saved: %s.", key, err))}
	}

	return private.SetKey(ctx, key, encoded)
}
