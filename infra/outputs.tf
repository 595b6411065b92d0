output "profile" {
  description = "What goes into the profile."
  value = {
    raw             = "gs://${google_storage_bucket.images.name}/raw"
    data_root       = "gs://${google_storage_bucket.images.name}/brandlens"
    registry        = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.name}"
    service_account = var.cluster == "" ? google_service_account.steps.email : split("/", var.kubernetes_account)[1]
    webhook_secret  = "${google_secret_manager_secret.webhook.id}/versions/latest"
  }
}

output "annotate" {
  description = "The other half of workload identity; run it once."
  value = var.cluster == "" ? "" : join(" ", [
    "kubectl annotate serviceaccount --overwrite -n", replace(var.kubernetes_account, "/", " "),
    "iam.gke.io/gcp-service-account=${google_service_account.steps.email}",
  ])
}
