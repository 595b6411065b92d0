# What both platforms need: a bucket, a place for images, and accounts that may no more than they must.

terraform {
  required_version = ">= 1.5"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.0"
    }
  }
}

provider "google" {
  project = var.project
  region  = var.region
}

resource "google_storage_bucket" "images" {
  name                        = var.bucket
  location                    = var.region
  uniform_bucket_level_access = true # conditions on roles need it
  public_access_prevention    = "enforced"

  soft_delete_policy {
    retention_duration_seconds = 0 # what is deleted for a person's sake is gone at once
  }
}

resource "google_artifact_registry_repository" "images" {
  repository_id = "brandlens"
  location      = var.region
  format        = "DOCKER"
}

# Under which the steps run.
resource "google_service_account" "steps" {
  account_id   = "brandlens-steps"
  display_name = "brandlens: steps of a run"
}

resource "google_storage_bucket_iam_member" "steps" {
  bucket = google_storage_bucket.images.name
  role   = "roles/storage.objectUser"
  member = google_service_account.steps.member
}

resource "google_artifact_registry_repository_iam_member" "steps" {
  repository = google_artifact_registry_repository.images.name
  location   = var.region
  role       = "roles/artifactregistry.reader"
  member     = google_service_account.steps.member
}

# Vertex AI asks this of the account of a pipeline.
resource "google_project_iam_member" "steps_on_vertex" {
  count   = var.cluster == "" ? 1 : 0
  project = var.project
  role    = "roles/aiplatform.user"
  member  = google_service_account.steps.member
}

# The webhook's address. Its value is put in by hand: `gcloud secrets versions add brandlens-webhook --data-file=-`.
resource "google_secret_manager_secret" "webhook" {
  secret_id = "brandlens-webhook"
  replication {
    auto {}
  }
}

resource "google_secret_manager_secret_iam_member" "steps" {
  secret_id = google_secret_manager_secret.webhook.id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.steps.member
}

# Who submits: the function of examples/trigger, or a CI job.
resource "google_service_account" "submit" {
  account_id   = "brandlens-submit"
  display_name = "brandlens: starts runs"
}

resource "google_project_iam_member" "submit_to_vertex" {
  count   = var.cluster == "" ? 1 : 0
  project = var.project
  role    = "roles/aiplatform.user"
  member  = google_service_account.submit.member
}

resource "google_service_account_iam_member" "submit_as_steps" {
  service_account_id = google_service_account.steps.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.submit.member
}

# The note of which run an event started last, and nothing else.
resource "google_storage_bucket_iam_member" "submit" {
  bucket = google_storage_bucket.images.name
  role   = "roles/storage.objectUser"
  member = google_service_account.submit.member

  condition {
    title      = "trigger-only"
    expression = "resource.name.startsWith(\"projects/_/buckets/${var.bucket}/objects/brandlens/trigger/\")"
  }
}
