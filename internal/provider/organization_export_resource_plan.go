package provider

import (
	"context"
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
// the plan depends on state and the configuration, never on the time. A value that
// is unknown needs no new export; if it turns out to, the second plan is an error.
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

	plan.OrganizationID = r.data.organizationFor(config.OrganizationID)
	plan.RotationTime = rotationTime(plan.RotateAfter, plan.CreatedTime)
	if config.IncludeFiles.IsNull() {
		plan.IncludeFiles = types.BoolValue(false)
	}
	if req.State.Raw.IsNull() {
		// Terraform plans a replacement twice: as a change of the state, and then as a
		// creation, with the private state that the first plan returned.
		replaced, diags := getPrivate[string](ctx, req.Private, privatePriorOrganization)
		resp.Diagnostics.Append(diags...)
		if replaced != "" && plan.OrganizationID.IsNull() {
			resp.Diagnostics.Append(organizationNotSetError(replaced))
		}
	} else {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
		resp.Diagnostics.Append(r.planChange(ctx, req, config, &plan, state, resp)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

// planChange plans an update or a replacement of the export in state.
func (r *organizationExportResource) planChange(ctx context.Context, req resource.ModifyPlanRequest, config organizationExportResourceModel,
	plan *organizationExportResourceModel, state organizationExportResourceModel, resp *resource.ModifyPlanResponse,
) diag.Diagnostics {
	last, diags := getPrivate[lastRead](ctx, req.Private, privateLastRead)
	dueTime, dueDiags := getPrivate[string](ctx, req.Private, privateDue)
	diags.Append(dueDiags...)
	diags.Append(setPrivate(ctx, resp.Private, privatePriorOrganization, state.OrganizationID.ValueString())...)

	if plan.OrganizationID.IsNull() {
		plan.OrganizationID = state.OrganizationID
	}
	// Nobody knows whether an imported export includes files, or why it was
	// requested: the configuration says so first, without a new export.
	imported := last.Requested.IsZero()
	adoptsFiles := imported && state.IncludeFiles.IsNull()
	adoptsTriggers := imported && len(state.Triggers.Elements()) == 0
	if adoptsFiles {
		plan.IncludeFiles = config.IncludeFiles
	}

	// Unlike the others, triggers are there to replace, also with unknown values.
	if !adoptsTriggers && !sameElements(plan.Triggers, state.Triggers) {
		resp.RequiresReplace.Append(path.Root("triggers"))
	}
	if !plan.WaitForCompletion.Equal(types.BoolValue(false)) && isInProgress(state.Status.ValueString()) {
		plan.setVolatile(unknownVolatile)
	}
	replace := func(attribute, argument, change string) {
		if _, current := r.data.current.Load(state.ID.ValueString()); current {
			resp.RequiresReplace.Append(path.Root(attribute))
		} else {
			diags.Append(newExportError(state.organizationExportModel, argument, change))
		}
	}
	if !state.OrganizationID.IsNull() && differs(plan.OrganizationID, state.OrganizationID) {
		replace("organization_id", "organization_id", fmt.Sprintf("organization_id changed from %s to %s while applying", state.OrganizationID, plan.OrganizationID))
	}
	if !adoptsFiles && differs(plan.IncludeFiles, state.IncludeFiles) {
		replace("include_files", "include_files", fmt.Sprintf("include_files changed from %s to %s while applying", state.IncludeFiles, plan.IncludeFiles))
	}
	// Terraform ignores a replacement because of an attribute that does not
	// change, so the attribute becomes unknown.
	if isDue(*plan, state, dueTime) {
		replace("rotation_time", "rotate_after", "The export has been due for rotation since "+dueTime)
		plan.RotationTime = types.StringUnknown()
		diags.Append(rotationWarning(state.organizationExportModel, state.RotateAfter.ValueString()))
	}
	if rebilly.IsTerminal(state.Status.ValueString()) && slices.Contains(plan.ReplaceOnStatus.Elements(), attr.Value(state.Status)) {
		replace("status", "replace_on_status", "The status "+state.Status.ValueString()+" is in replace_on_status")
		plan.Status = types.StringUnknown()
		diags.Append(statusWarning(state.organizationExportModel))
	}
	if !plan.OrganizationID.IsUnknown() && resp.Identity != nil && !resp.Identity.Raw.IsNull() {
		diags.Append(setIdentity(ctx, resp.Identity, plan.organizationExportModel)...)
	}

	return diags
}

// differs reports whether a planned value is known, and not the one in state.
func differs(planned, state attr.Value) bool {
	return !planned.IsUnknown() && !planned.Equal(state)
}

// sameElements reports whether two maps are equal. A null map is an empty one.
func sameElements(first, second types.Map) bool {
	isEmpty := func(value types.Map) bool { return !value.IsUnknown() && len(value.Elements()) == 0 }

	return first.Equal(second) || isEmpty(first) && isEmpty(second)
}

// isDue reports whether the export is replaced for rotation: if the last refresh
// found that it was due, and the plan does not move its rotation time.
func isDue(plan, state organizationExportResourceModel, dueTime string) bool {
	return dueTime != "" && dueTime == state.RotationTime.ValueString() && plan.RotationTime.Equal(state.RotationTime)
}

// setDue saves whether the export is due for rotation at the given time of Rebilly's
// clock. An export that this resource requested is not due before rotate_after has
// passed since then, whatever its created_time says.
func setDue(ctx context.Context, private privateState, state organizationExportResourceModel, requested, now time.Time) diag.Diagnostics {
	diags := state.warnAboutCreatedTime()
	dueTime := ""
	if due, err := time.Parse(time.RFC3339, state.RotationTime.ValueString()); err == nil {
		age, _ := time.ParseDuration(state.RotateAfter.ValueString())
		switch {
		case now.IsZero():
			diags.Append(noServerTimeWarning(state.organizationExportModel))
		case !now.Before(due) && !now.Before(requested.Add(age)):
			dueTime = state.RotationTime.ValueString()
		}
	}
	diags.Append(setPrivate(ctx, private, privateDue, dueTime)...)

	return diags
}

// warnAboutRotation warns about an export that is in state for the first time, if
// its age is unknown, or if its file is deleted before the next export is due.
func (m organizationExportResourceModel) warnAboutRotation() diag.Diagnostics {
	diags := m.warnAboutCreatedTime()
	due, dueErr := time.Parse(time.RFC3339, m.RotationTime.ValueString())
	deleted, deletedErr := time.Parse(time.RFC3339, m.RetentionTime.ValueString())
	if dueErr == nil && deletedErr == nil && deleted.Before(due) {
		diags.Append(fileGapWarning(m.organizationExportModel, m.RotationTime))
	}

	return diags
}

func (m organizationExportResourceModel) warnAboutCreatedTime() diag.Diagnostics {
	if m.RotateAfter.IsNull() || m.RotateAfter.IsUnknown() || !m.CreatedTime.IsNull() || m.Status.IsNull() {
		return nil
	}

	return diag.Diagnostics{noCreatedTimeWarning(m.organizationExportModel)}
}

// rotationTime returns the time at which an export is due for rotation: null if
// it never is, unknown if its parts are not known yet.
func rotationTime(rotateAfter, createdTime types.String) types.String {
	if rotateAfter.IsUnknown() || createdTime.IsUnknown() && !rotateAfter.IsNull() {
		return types.StringUnknown()
	}
	created, timeErr := time.Parse(time.RFC3339, createdTime.ValueString())
	age, ageErr := time.ParseDuration(rotateAfter.ValueString())
	if timeErr != nil || ageErr != nil {
		return types.StringNull()
	}

	return types.StringValue(created.Add(age).UTC().Format(time.RFC3339))
}

// isInProgress reports whether a plan waits for an export of the given status. A
// status that Rebilly adds later may be final, so only a creation waits then. An
// export that could not be read after its request has no status yet.
func isInProgress(status string) bool { return status == "" || rebilly.IsInProgress(status) }

// unknownVolatile has the attributes of setVolatile, not known yet.
var unknownVolatile = organizationExportModel{
	FileID:        types.StringUnknown(),
	Status:        types.StringUnknown(),
	Resources:     types.ListUnknown(resourceType),
	RecordCounts:  types.MapUnknown(types.Int64Type),
	UpdatedTime:   types.StringUnknown(),
	RetentionTime: types.StringUnknown(),
}
