package provider

import (
	"cmp"
	"fmt"
	"time"

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
		ofDefault: "Check the ID and the environment. If the export belongs to another organization than the credential's default, set organization_id (to import it, use ORGANIZATION_ID/ID).",
	}
	organizationNotFound = explanation{
		summary:   "Organization Not Found",
		nextSteps: "Check that organization_id is right, and that the credential has access to the organization.",
		ofDefault: "No organization_id is set, so this is the credential's default organization. Set organization_id (Settings > My organization & websites in Rebilly has it), or use another credential.",
	}
	fileNotFound = explanation{
		summary:   "File Not Found",
		nextSteps: "The export is completed, and Rebilly has no record of its file. Request a new export. If the error persists, contact Rebilly's support.",
	}
)

// reading returns an operation on an export that it reads.
func (d *providerData) reading(organizationID types.String, action string, arguments ...any) operation {
	return operation{
		data:           d,
		action:         fmt.Sprintf(action, arguments...),
		permission:     "GetOrganizationExport",
		notFound:       exportNotFound,
		organizationID: organizationID,
	}
}

// readError is about an export that could not be read, or was not completed in time.
func (d *providerData) readError(id string, organizationID types.String, timeouts []string, err error) diag.Diagnostic {
	failed := d.reading(organizationID, "read export %q", id)
	failed.timeouts = timeouts
	if rebilly.IsNotFound(err) {
		failed.attribute = "id"
	} else if is[*rebilly.TerminalStatusError](err) {
		failed.attribute = "wait_for_completion"
	}

	return failed.error(err)
}

func (d *providerData) fileError(id string, organizationID types.String, err error) diag.Diagnostic {
	return operation{
		data:           d,
		action:         fmt.Sprintf("read the file record of export %q", id),
		permission:     "GetFile",
		notFound:       fileNotFound,
		organizationID: organizationID,
		attribute:      "include_file",
	}.error(err)
}

// linkError is about invalid links. The outcome says how to leave them out.
func (d *providerData) linkError(id string, organizationID types.String, outcome string, err error) diag.Diagnostic {
	failed := d.reading(organizationID, "read the links of export %q", id)
	failed.outcome = outcome

	return failed.error(err)
}

func (d *providerData) listError(organizationID types.String, err error) diag.Diagnostic {
	return operation{
		data:           d,
		action:         "list exports",
		permission:     "GetOrganizationExportCollection",
		arguments:      "filter, query, or sort",
		notFound:       organizationNotFound,
		organizationID: organizationID,
	}.error(err)
}

// requestError is about a request by the resource ("create") or an action ("invoke").
func (d *providerData) requestError(organizationID types.String, timeout string, err error) diag.Diagnostic {
	failed := operation{
		data:           d,
		action:         "request an export",
		permission:     "PostOrganizationExport",
		notFound:       organizationNotFound,
		organizationID: organizationID,
		timeouts:       []string{timeout},
		isPost:         true,
		outcome:        "No export was requested.",
	}
	if rebilly.MayHaveActed(err) {
		lost := "Rebilly may have received the request, and nothing is in state. Before you apply again"
		if timeout == "invoke" {
			lost = "Rebilly may have received the request. Before you invoke the action again"
		}
		failed.outcome = lost + ", find out whether there is a new export: with terraform query (Terraform 1.14 or later), " +
			"or with the data source rebilly_organization_exports (sort = [\"-createdTime\"]). If there is one, import it: " +
			"terraform import rebilly_organization_export.NAME " + importID(organizationID, "ID") + "."
	}

	return failed.error(err)
}

// readAfterCreateError is about an export that failed or expired. It is in state, tainted.
func (d *providerData) readAfterCreateError(export *rebilly.OrganizationExport, organizationID types.String, err error) diag.Diagnostic {
	failed := d.reading(organizationID, "complete export %q", export.ID)
	failed.outcome = "The export is in state, tainted: the next apply replaces it with a new export. " +
		"Do not run terraform untaint on it: with create_before_destroy, the next apply would then drop the previous export and keep this one."

	return failed.error(err)
}

// inProgressWarning is about an export that was requested, and not seen completed. An
// error would taint it, and the next apply would request another export.
func (d *providerData) inProgressWarning(export *rebilly.OrganizationExport, organizationID types.String, err error) diag.Diagnostic {
	waiting := d.reading(organizationID, "wait for export %q", export.ID)
	if export.Status == "" {
		waiting = d.reading(organizationID, "read the requested export %q", export.ID)
	}
	// The next wait is an update.
	waiting.timeouts = []string{"create", "update"}
	waiting.outcome = "The export was requested and is in state."
	if isInProgress(export.Status) {
		waiting.outcome += " The next apply waits for it."
	}

	return waiting.warning(err)
}

// updateError is about an export in state. The action says what failed.
func (d *providerData) updateError(action string, export *rebilly.OrganizationExport, organizationID types.String, err error) diag.Diagnostic {
	failed := d.reading(organizationID, action+" export %q", export.ID)
	failed.outcome = "The export stays in state."
	if isInProgress(export.Status) && !rebilly.IsNotFound(err) {
		failed.timeouts = []string{"update"}
		failed.outcome += " The next apply tries again."
	} else {
		failed.outcome += " To request a new one instead, run terraform apply -replace=ADDRESS."
	}

	return failed.error(err)
}

// invokedError is about an export that an action requested. No state has it.
func (d *providerData) invokedError(id string, organizationID types.String, err error) diag.Diagnostic {
	failed := d.reading(organizationID, "wait for the requested export %q", id)
	failed.timeouts = []string{"invoke"}
	failed.outcome = fmt.Sprintf("The export was requested, and Rebilly continues with it. Do not invoke the action again only to wait for it: that requests another export, "+
		"and so does an apply that triggers the action. To wait now, set the ID in the action rebilly_download_organization_export or in the data source "+
		"rebilly_organization_export, with wait_for_completion = true. To keep the export in state, import it into a resource: "+
		"terraform import rebilly_organization_export.NAME %s.", importID(organizationID, id))
	if is[*rebilly.TerminalStatusError](err) {
		failed.outcome = "The export was requested, and Rebilly does not continue with it. Invoking the action again requests a new export."
	}

	return failed.error(err)
}

func (d *providerData) downloadError(id, target string, organizationID types.String, err error) diag.Diagnostic {
	failed := d.reading(organizationID, "download export %q to %q", id, target)
	failed.timeouts = []string{"invoke"}
	failed.outcome = "Nothing was written to the path. Apply again to download the export. If you invoked the action yourself, invoke it again: terraform apply -invoke=ADDRESS."
	if is[*fileRecordError](err) {
		failed.permission, failed.notFound = "GetFile", fileNotFound
		if rebilly.IsNotFound(err) {
			failed.outcome = "Nothing was written to the path."
		}
	}
	if is[*rebilly.TerminalStatusError](err) {
		failed.outcome = "Nothing was written to the path. To request an export, run terraform apply -replace=ADDRESS for the resource that requested this one, " +
			"or invoke the action rebilly_request_organization_export."
	}

	return failed.error(err)
}

func oddFilterWarning(argument path.Path, reason string) diag.Diagnostic {
	return diag.WithPath(argument, newWarning("Filter May Match Nothing",
		"In the filter, "+reason+".\n\nRebilly gets the filter as it is. A filter such as status:completed;createdTime:2026-01-01T00:00:00Z.. finds the completed exports since then."))
}

func fileNotProtectedWarning(text string) diag.Diagnostic {
	return newWarning("File Not Protected", text)
}

func (d *providerData) removedWarning(model organizationExportModel) diag.Diagnostic {
	advice := "The next apply requests a new export of this organization."
	if !model.OrganizationID.Equal(d.organization.value) {
		advice = "The next apply requests a new export. Check organization_id in its plan: without one, the export belongs to the credential's default organization."
	}
	if model.OrganizationID.IsNull() {
		advice += " If the credential now belongs to another organization, set the previous credential again before you apply, or set organization_id."
	}

	return newWarning("Export Removed from State", joinKnown("\n\n",
		fmt.Sprintf("Rebilly no longer has export %q, so it was removed from state.", model.ID.ValueString()),
		d.facts(model.OrganizationID),
		advice))
}

// unprovenError is about a 404 that does not prove that the export is deleted.
func (d *providerData) unprovenError(model organizationExportModel, last lastRead) diag.Diagnostic {
	summary := "Export Not Found with This Credential"
	cause := "The credential is not known to be the one that last read the export: another organization's credential does not find it either"
	nextSteps := "Set the previous credential again, or the organization_id of the export."
	switch {
	case last.BaseURL == "", d.provesAbsence(last):
		summary = "Export Not Found Yet"
		cause = "It was requested at " + last.Requested.UTC().Format(time.RFC3339) + ". It can take some time until all servers of Rebilly find a new export"
		nextSteps = "Run Terraform again an hour later."
	case last.BaseURL != d.client.BaseURL():
		summary = "Export Not Found at This Base URL"
		cause = "It was last read from " + last.BaseURL + ", and " + d.client.BaseURL() + " does not have it"
		nextSteps = "Set environment or base_url to call " + last.BaseURL + " again."
	}

	return newError(summary, joinKnown("\n\n",
		fmt.Sprintf("Could not read export %q: Rebilly returned 404 Not Found. %s. The export stays in state.", model.ID.ValueString(), cause),
		d.facts(model.OrganizationID, "Credential: "+d.credentialSource),
		nextSteps+" If the export is deleted, or if you no longer want to manage it, remove it from state: terraform state rm ADDRESS. "+
			"This also removes the object's deposed objects. If the export is a deposed object, run terraform apply -refresh=false once instead, with arguments that need no new export (such as no rotate_after)."))
}

// newExportError is about a change that needs a new export, in a plan without one.
func newExportError(model organizationExportModel, argument, change string) diag.Diagnostic {
	return diag.WithPath(path.Root(argument), newError("New Export Not in the Plan", fmt.Sprintf(
		"%s. Export %q would be replaced with a new one, and the plan that was approved does not show that.\n\n"+
			"Nothing was requested or changed. Run terraform apply again, without -refresh=false: its plan shows the new export. "+
			"If %s is unknown in each plan, set a value that is known, or run terraform apply -replace=ADDRESS.",
		change, model.ID.ValueString(), argument)))
}

// organizationNotSetError is about a replacement in another organization.
func organizationNotSetError(replaced string) diag.Diagnostic {
	return newError("Organization Not Set", fmt.Sprintf(
		"The export to replace belongs to organization %q, and the new export would belong to the credential's default organization.\n\n"+
			"Set organization_id to %q, for this resource or in the provider configuration.", replaced, replaced))
}

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

	return newWarning("Export Kept by Rebilly",
		fmt.Sprintf("Destroying this resource only removes export %q from state. Rebilly has no operation that deletes an export, and %s.\n\nNo action is needed.",
			model.ID.ValueString(), kept))
}

func rotationWarning(model organizationExportModel, rotateAfter string) diag.Diagnostic {
	return diag.WithPath(path.Root("rotate_after"), newWarning("Export Replaced for Rotation",
		fmt.Sprintf("Export %q was requested at %s, which is at least rotate_after (%s) ago. Applying this plan requests a new export.\n\nTo keep the export, raise or remove rotate_after.",
			model.ID.ValueString(), model.CreatedTime.ValueString(), rotateAfter)))
}

func statusWarning(model organizationExportModel) diag.Diagnostic {
	return diag.WithPath(path.Root("replace_on_status"), newWarning("Export Replaced Because of Its Status",
		fmt.Sprintf("Export %q has the status %s, which is in replace_on_status. Applying this plan requests a new export.",
			model.ID.ValueString(), model.Status.ValueString())))
}

func shortRotationWarning(rotateAfter types.String) diag.Diagnostic {
	return diag.WithPath(path.Root("rotate_after"), newWarning("Short Rotation",
		fmt.Sprintf("With rotate_after = %s, each apply after that time requests a new export, and each one exports all data of the organization.\n\n"+
			"Set a longer time, such as \"720h\" for 30 days.", rotateAfter)))
}

func noServerTimeWarning(model organizationExportModel) diag.Diagnostic {
	return diag.WithPath(path.Root("rotate_after"), newWarning("Export Not Rotated",
		fmt.Sprintf("The age of export %q is not known: the response has no valid Date header. Rotation uses no other clock than Rebilly's.\n\n"+
			"Check the proxy or gateway between Terraform and Rebilly.", model.ID.ValueString())))
}

func noCreatedTimeWarning(model organizationExportModel) diag.Diagnostic {
	return diag.WithPath(path.Root("rotate_after"), newWarning("Export Not Rotated",
		fmt.Sprintf("Export %q has no created_time, so it is never replaced by its age.\n\n"+
			"To replace it, use triggers, or run terraform apply -replace=ADDRESS.", model.ID.ValueString())))
}

// fileGapWarning is about a file that is deleted before the next export is due.
func fileGapWarning(model organizationExportModel, rotationTime types.String) diag.Diagnostic {
	return diag.WithPath(path.Root("rotate_after"), newWarning("File Deleted Before Rotation",
		fmt.Sprintf("Rebilly deletes the file of export %q at %s, and the next export is due at %s. In between, there is no file to download.\n\n"+
			"Download the file soon, or set a shorter rotate_after.",
			model.ID.ValueString(), model.RetentionTime.ValueString(), rotationTime.ValueString())))
}

// requestPlanWarning is about a plan that does not say whose data the action requests.
func (d *providerData) requestPlanWarning(organizationID types.String) diag.Diagnostic {
	return newWarning("Organization Not in the Plan", joinKnown("\n\n",
		"The plan does not have the organization: the action uses the provider's one at apply. If the provider's arguments or environment variables change in between, it exports another organization.",
		d.facts(organizationID)+" ("+cmp.Or(d.host.source, "default")+")",
		"Apply this plan with the same provider configuration and environment variables, or set organization_id in the action."))
}

// truncatedWarning is about exports that Rebilly does not return, or miscounts.
func truncatedWarning(total int) diag.Diagnostic {
	detail := fmt.Sprintf("%d exports match, and Rebilly returns at most %d per query.\n\n"+
		"Narrow the filter, for example by the time of the request: createdTime:2026-01-01T00:00:00Z..2026-06-30T23:59:59Z.",
		total, rebilly.MaxListable)
	if total <= rebilly.MaxListable {
		detail = fmt.Sprintf("Rebilly says that %d exports match, and returned another number of them. Some can be missing.\n\nRun Terraform again.", total)
	}

	return diag.WithPath(path.Root("filter"), newWarning("Not All Matching Exports Returned", detail))
}
