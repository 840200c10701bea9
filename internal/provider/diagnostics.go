package provider

import (
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

// What a 404 of the API means, by what the operation names by its ID.
var (
	exportNotFound = explanation{
		summary:   "Export Not Found",
		nextSteps: "Check the ID, and check that the export belongs to this organization and environment.",
	}
	organizationNotFound = explanation{
		summary:   "Organization Not Found",
		nextSteps: "Check that organization_id is right, and that the credential has access to the organization.",
	}
	fileNotFound = explanation{
		summary:   "File Not Found",
		nextSteps: "The export is completed, and Rebilly has no record of its file. Request a new export. If the error persists, contact Rebilly's support.",
	}
)

// readError returns the error for an export that could not be read, or that was
// waited for and not completed. The timeouts are names in the timeouts block.
func (d *providerData) readError(id string, organizationID types.String, timeouts []string, err error) diag.Diagnostic {
	operation := operationError{
		providerData:   d,
		action:         fmt.Sprintf("read export %q", id),
		permission:     "GetOrganizationExport",
		notFound:       exportNotFound,
		organizationID: organizationID,
		timeouts:       timeouts,
	}
	if rebilly.IsNotFound(err) {
		operation.attribute = "id"
	} else if _, terminal := errors.AsType[*rebilly.TerminalStatusError](err); terminal {
		operation.attribute = "wait_for_completion"
	}

	return operation.diagnostic(err)
}

// listError returns the error for exports that could not be listed.
func (d *providerData) listError(organizationID types.String, err error) diag.Diagnostic {
	return operationError{
		providerData:   d,
		action:         "list exports",
		permission:     "GetOrganizationExportCollection",
		notFound:       organizationNotFound,
		organizationID: organizationID,
	}.diagnostic(err)
}

// requestError returns the error for an export that could not be requested, by the
// resource ("create") or an action ("invoke").
func (d *providerData) requestError(organizationID types.String, timeout string, err error) diag.Diagnostic {
	operation := operationError{
		providerData:   d,
		action:         "request an export",
		permission:     "PostOrganizationExport",
		notFound:       organizationNotFound,
		organizationID: organizationID,
		timeouts:       []string{timeout},
		isPost:         true,
	}
	if rebilly.MayHaveActed(err) {
		lost := "Rebilly may have received the request, and nothing is in state. Before you apply again"
		if timeout == "invoke" {
			lost = "Rebilly may have received the request. Before you invoke the action again"
		}
		operation.outcome = lost + ", find out whether there is a new export: with terraform query (Terraform 1.14 or later), " +
			"or with the data source rebilly_organization_exports (sort = [\"-createdTime\"]). If there is one, import it: " +
			"terraform import rebilly_organization_export.NAME " + importID(organizationID, "ID") + "."
	}

	return operation.diagnostic(err)
}

// createdError returns the error for an export that was requested and then could
// not be read, or was waited for and not completed. It is in state, tainted.
func (d *providerData) createdError(export *rebilly.OrganizationExport, organizationID types.String, err error) diag.Diagnostic {
	outcome := fmt.Sprintf("Export %q was requested and is in state, tainted: the next apply replaces it with a new export.", export.ID)
	_, terminal := errors.AsType[*rebilly.TerminalStatusError](err)
	switch {
	case isInProgress(export.Status):
		outcome += " To keep it and wait for it, run terraform untaint on this resource, and then terraform apply."
	case !terminal:
		outcome += " To keep it, run terraform untaint on this resource."
	}

	return operationError{
		providerData:   d,
		action:         fmt.Sprintf("read export %q after it was requested", export.ID),
		permission:     "GetOrganizationExport",
		notFound:       exportNotFound,
		organizationID: organizationID,
		// Another wait after untaint is an update.
		timeouts: []string{"create", "update"},
		outcome:  outcome,
	}.diagnostic(err)
}

// updateError returns the error for an export in state that could not be read in
// its new organization, or that was waited for and not completed.
func (d *providerData) updateError(export *rebilly.OrganizationExport, organizationID types.String, err error) diag.Diagnostic {
	operation := operationError{
		providerData:   d,
		action:         fmt.Sprintf("update export %q", export.ID),
		permission:     "GetOrganizationExport",
		notFound:       exportNotFound,
		organizationID: organizationID,
		outcome:        fmt.Sprintf("Export %q stays in state.", export.ID),
	}
	if isInProgress(export.Status) && !rebilly.IsNotFound(err) {
		operation.timeouts = []string{"update"}
		operation.outcome += " The next apply tries again."
	} else {
		operation.outcome += " To request a new one instead, run terraform apply -replace=ADDRESS."
	}

	return operation.diagnostic(err)
}

// invokedError returns the error for an export that an action requested, and
// that could not be read, or was waited for and not completed. No state has it.
func (d *providerData) invokedError(id string, organizationID types.String, err error) diag.Diagnostic {
	outcome := fmt.Sprintf("Export %q was requested, and Rebilly continues with it. Do not invoke the action again only to wait for it: that requests another export, "+
		"and so does an apply that triggers the action. To wait, set the ID in the action rebilly_download_organization_export or in the data source "+
		"rebilly_organization_export, with wait_for_completion = true. To keep the export in state, import it into a resource: "+
		"terraform import rebilly_organization_export.NAME %s.", id, importID(organizationID, id))
	if _, terminal := errors.AsType[*rebilly.TerminalStatusError](err); terminal {
		outcome = fmt.Sprintf("Export %q was requested, and Rebilly does not continue with it. Invoking the action again requests a new export.", id)
	}

	return operationError{
		providerData:   d,
		action:         fmt.Sprintf("read export %q after it was requested", id),
		permission:     "GetOrganizationExport",
		notFound:       exportNotFound,
		organizationID: organizationID,
		timeouts:       []string{"invoke"},
		outcome:        outcome,
	}.diagnostic(err)
}

// downloadError returns the error for an export that could not be downloaded.
func (d *providerData) downloadError(id, target string, organizationID types.String, err error) diag.Diagnostic {
	operation := operationError{
		providerData:   d,
		action:         fmt.Sprintf("download export %q to %q", id, target),
		permission:     "GetOrganizationExport",
		notFound:       exportNotFound,
		organizationID: organizationID,
		timeouts:       []string{"invoke"},
		outcome:        "Nothing was written to the path. Invoke the action again to download the export: terraform apply -invoke=ADDRESS.",
	}
	if _, ok := errors.AsType[*fileRecordError](err); ok {
		operation.permission, operation.notFound = "GetFile", fileNotFound
	}

	return operation.diagnostic(err)
}

// removedWarning returns the warning for an export that Rebilly does not have
// any more.
func (d *providerData) removedWarning(model organizationExportModel) diag.Diagnostic {
	advice := "The next apply requests a new export of this organization."
	if model.OrganizationID.ValueString() != d.organization.value {
		advice = "The next apply requests a new export. Check organization_id in its plan: without one, the export belongs to the credential's default organization."
	}
	if model.OrganizationID.IsNull() {
		advice += " If the credential now belongs to another organization, set the previous credential again before you apply, or set organization_id."
	}

	return diag.NewWarningDiagnostic("Export Removed from State", joinParagraphs(
		fmt.Sprintf("Rebilly no longer has export %q, so it was removed from state.", model.ID.ValueString()),
		d.facts(model.OrganizationID),
		advice))
}

// otherBaseURLError returns the error for an export that was not found at
// another base URL than the one that last returned it.
func (d *providerData) otherBaseURLError(model organizationExportModel, lastBaseURL string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Export Not Found at This Base URL", joinParagraphs(
		fmt.Sprintf("Export %q was last read from %s, and %s does not have it. It stays in state.", model.ID.ValueString(), lastBaseURL, d.client.BaseURL()),
		d.facts(model.OrganizationID),
		"Set environment or base_url to call "+lastBaseURL+" again. "+
			"If you no longer want to manage the export, remove it from state: terraform state rm ADDRESS."))
}

// organizationNotSetError returns the error for a replacement that would belong
// to the credential's default organization, unlike the export that it replaces.
func organizationNotSetError(replaced string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Organization Not Set", fmt.Sprintf(
		"The export to replace belongs to organization %q, and the new export would belong to the credential's default organization.\n\n"+
			"Set organization_id to %q, for this resource or in the provider configuration.", replaced, replaced))
}

// keptByRebillyWarning returns the warning for an export that is to be
// destroyed.
func keptByRebillyWarning(model organizationExportModel) diag.Diagnostic {
	kept := "keeps it and its file until its retention ends"
	switch {
	case model.Status.ValueString() == rebilly.StatusFailed:
		kept = "keeps it"
	case model.Status.ValueString() == rebilly.StatusExpired:
		kept = "keeps it; its file is already deleted"
	case !model.RetentionTime.IsNull():
		kept = "keeps it and its file until " + model.RetentionTime.ValueString()
	}

	return diag.NewWarningDiagnostic("Export Kept by Rebilly",
		fmt.Sprintf("Destroying this resource only removes export %q from state. Rebilly has no operation that deletes an export, and %s.",
			model.ID.ValueString(), kept))
}

// rotationWarning returns the warning for an export that a plan replaces because
// of its age.
func rotationWarning(model organizationExportModel, rotateAfter string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("rotate_after"), "Export Replaced for Rotation",
		fmt.Sprintf("Export %q was requested at %s, which is at least rotate_after (%s) ago. Applying this plan requests a new export.",
			model.ID.ValueString(), model.CreatedTime.ValueString(), rotateAfter))
}

// statusWarning returns the warning for an export that a plan replaces because
// of its status.
func statusWarning(model organizationExportModel) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("replace_on_status"), "Export Replaced Because of Its Status",
		fmt.Sprintf("Export %q has the status %s, which is in replace_on_status. Applying this plan requests a new export.",
			model.ID.ValueString(), model.Status.ValueString()))
}

// truncatedWarning returns the warning for more matching exports than Rebilly
// returns, or for another number of them than its total.
func truncatedWarning(total int) diag.Diagnostic {
	detail := fmt.Sprintf("%d exports match, and Rebilly returns at most %d per query.\n\n"+
		"Narrow the filter, for example by the time of the request: createdTime:2026-01-01T00:00:00Z..2026-06-30T23:59:59Z.",
		total, rebilly.MaxListable)
	if total <= rebilly.MaxListable {
		detail = fmt.Sprintf("Rebilly says that %d exports match, and returned another number of them. Some can be missing.\n\nRun Terraform again.", total)
	}

	return diag.NewAttributeWarningDiagnostic(path.Root("filter"), "Not All Matching Exports Returned", detail)
}
