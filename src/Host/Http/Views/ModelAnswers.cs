using Pipeline.Engine;
using Pipeline.Host.Http.Api;
using Pipeline.Host.Prediction;
using Pipeline.Host.Service;
using Pipeline.Host.Service.Studies;

namespace Pipeline.Host.Http.Views;

/// <summary>Answers about models.</summary>
internal sealed class ModelAnswers(DaemonSight sight)
{
    /// <summary>The present model of every study that has one.</summary>
    public ApiAnswer List(ApiRequest request)
    {
        Page<(BoundStudyRunner Study, string Folder)> models = request.PageOf(
            sight.Studies.Select(study => (Study: study, Folder: study.Row.ModelFolder)).Where(one => one.Folder.Length > 0),
            one => one.Study.Name);
        return new ApiAnswer.Json(new Page<ModelView>([.. models.Items.Select(one => View(one.Study, one.Folder))], models.Next));
    }

    private ModelView View(BoundStudyRunner study, string folder)
    {
        string run = Path.GetDirectoryName(folder) ?? "";

        // One model that cannot be read must not hide the others.
        try
        {
            string path = Path.Combine(sight.DataPath, "studies", study.Name, folder);
            return new ModelView(study.Name, study.DatasetName, run, ModelFolder.Describe(path, sight.Storage), null);
        }
        catch (StageException unreadable)
        {
            return new ModelView(study.Name, study.DatasetName, run, null, unreadable.Message);
        }
    }
}
