package provider

import (
	"context"
	"encoding/json" //nolint:depguard // Values of private state are JSON.
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

// ModifyPlan implements resource.ResourceWithModifyPlan. It decides what needs a
// new export, which organization it belongs to, and whether an update waits for
// an export that is still in progress. Everything else keeps its value.
//
// Terraform plans again while it applies, and fails if it gets another plan. So
// the plan depends on state and the configuration alone, never on the time.
func (r *organizationExportResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var config, plan, state organizationExportResourceModel
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
		resp.Diagnostics.Append(keptByRebillyWarning(state.organizationExportModel))

		return
	}
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}

	plan.OrganizationID = r.organizationFor(config.OrganizationID)
	if req.State.Raw.IsNull() {
		resp.Diagnostics.Append(planCreation(ctx, req, config, &plan)...)
	} else {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
		resp.Diagnostics.Append(planChange(ctx, req, config, &plan, state, resp)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

// planCreation plans a new export. Terraform plans a replacement twice: as a
// change of the state, and then as a creation, with the private state that the
// first plan returned.
func planCreation(ctx context.Context, req resource.ModifyPlanRequest, config organizationExportResourceModel,
	plan *organizationExportResourceModel,
) diag.Diagnostics {
	replaced, diags := getPrivate[string](ctx, req.Private, privatePriorOrganization)
	if replaced != "" && plan.OrganizationID.IsNull() {
		diags.Append(organizationNotSetError(replaced))
	}
	if config.IncludeFiles.IsNull() {
		plan.IncludeFiles = types.BoolValue(false)
	}
	plan.RotationTime = rotationTime(plan.RotateAfter, plan.CreatedTime)

	return diags
}

// planChange plans an update or a replacement of the export in state.
func planChange(ctx context.Context, req resource.ModifyPlanRequest, config organizationExportResourceModel,
	plan *organizationExportResourceModel, state organizationExportResourceModel, resp *resource.ModifyPlanResponse,
) diag.Diagnostics {
	imported, diags := getPrivate[bool](ctx, req.Private, privateImported)
	dueTime, dueDiags := getPrivate[string](ctx, req.Private, privateDue)
	diags.Append(dueDiags...)
	diags.Append(setPrivate(ctx, resp.Private, privatePriorOrganization, state.OrganizationID.ValueString())...)

	if plan.OrganizationID.IsNull() {
		plan.OrganizationID = state.OrganizationID
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

	if !state.OrganizationID.IsNull() && !plan.OrganizationID.Equal(state.OrganizationID) {
		resp.RequiresReplace.Append(path.Root("organization_id"))
	}
	if !adoptsFiles && !plan.IncludeFiles.Equal(state.IncludeFiles) {
		resp.RequiresReplace.Append(path.Root("include_files"))
	}
	if !adoptsTriggers && !plan.Triggers.Equal(state.Triggers) {
		resp.RequiresReplace.Append(path.Root("triggers"))
	}
	if !plan.WaitForCompletion.Equal(types.BoolValue(false)) && isInProgress(state.Status.ValueString()) {
		plan.setProgress(unknownProgress)
	}
	// Terraform ignores a replacement because of an attribute that does not
	// change, so the attribute becomes unknown.
	if isDue(*plan, state, dueTime) {
		plan.RotationTime = types.StringUnknown()
		resp.RequiresReplace.Append(path.Root("rotation_time"))
		diags.Append(rotationWarning(state.organizationExportModel, state.RotateAfter.ValueString()))
	}
	if replacesOnStatus(plan.ReplaceOnStatus, state.Status) {
		plan.Status = types.StringUnknown()
		resp.RequiresReplace.Append(path.Root("status"))
		diags.Append(statusWarning(state.organizationExportModel))
	}
	if !plan.OrganizationID.IsUnknown() && resp.Identity != nil && !resp.Identity.Raw.IsNull() {
		diags.Append(setIdentity(ctx, resp.Identity, plan.organizationExportModel)...)
	}

	return diags
}

// isDue reports whether the export is replaced for rotation: if the last refresh
// found that its rotation time had passed, and the plan does not move that time.
func isDue(plan, state organizationExportResourceModel, dueTime string) bool {
	return dueTime != "" && dueTime == state.RotationTime.ValueString() &&
		(plan.RotationTime.IsUnknown() || plan.RotationTime.Equal(state.RotationTime))
}

// replacesOnStatus reports whether the export is replaced because of its status.
// Statuses that are not known yet may include it.
func replacesOnStatus(statuses types.Set, status types.String) bool {
	switch status.ValueString() {
	case rebilly.StatusExpired, rebilly.StatusFailed:
		return statuses.IsUnknown() || slices.ContainsFunc(statuses.Elements(), func(element attr.Value) bool {
			return element.IsUnknown() || element.Equal(status)
		})
	default:
		return false
	}
}

// hasPassed reports whether a rotation time has passed. A null or unknown one has
// not.
func (r *organizationExportResource) hasPassed(rotationTime types.String) bool {
	due, err := time.Parse(time.RFC3339, rotationTime.ValueString())

	return err == nil && !r.now().Before(due)
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

// isInProgress reports whether a plan waits for an export of the given status. A
// status that Rebilly adds later may be final, so only a creation waits then. An
// export that could not be read after its request has no status yet.
func isInProgress(status string) bool {
	switch status {
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
