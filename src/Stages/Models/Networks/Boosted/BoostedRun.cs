using System.Collections.Immutable;
using Pipeline.Stages.Models.Networks.Training;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.Stages.Models.Networks.Boosted;

/// <summary>Networks fitted one after the other to what those before them leave of the response, or of the indicators of classes.</summary>
/// <remarks>
/// Round i: a network with the start of seed + i is trained on the residuals y - F, of classes on indicators less probabilities, and F
/// grows by rate × its prediction, for learning and for judging samples. A network of several classes has an output for each. Rounds end after ten without a smaller validation loss. A network with weights that are no
/// numbers is left out, and its round not judged. A run with fewer networks asked for is the beginning of a run with more, so one
/// run answers every number of them. Friedman (2001), Ann. Stat. 29, 1189-1232, with networks as base learners.
/// Immutable once made. Memory: p weights for each node of each network.
/// </remarks>
internal sealed class BoostedRun
{
    private readonly BoostedCalibration _calibration;
    private readonly NeuralBoostedOptions _options;
    private readonly List<Network?> _networks = [];

    // Networks kept after each round, the mean alone before the first.
    private readonly List<int> _kept = [0];

    private BoostedRun(BoostedCalibration calibration, NeuralBoostedOptions options)
    {
        _calibration = calibration;
        _options = options;
    }

    /// <summary>Rounds of the run.</summary>
    public int RoundCount => _networks.Count;

    /// <summary>Boosts up to a number of networks.</summary>
    public static BoostedRun Of(BoostedCalibration calibration, NeuralBoostedOptions options, int networksMax)
    {
        var run = new BoostedRun(calibration, options);
        if (options.IsOriginal || calibration.Samples.ResponseVaries)
        {
            run.Boost(networksMax);
        }

        return run;
    }

    /// <summary>The model of a number of networks.</summary>
    public FittedNetworks Model(int networks)
    {
        int kept = _kept[Math.Min(networks, RoundCount)];
        ImmutableArray<Network> some = [.. _networks.Take(kept).OfType<Network>()];
        if (some.IsEmpty)
        {
            some = [Network.Zero(_calibration.Samples.Means.Length, _options.Layers, _calibration.Start.Length)];
        }

        return _calibration.Samples.Classes is null
            ? new FittedNetworks(some, _options.Activation, _calibration.Samples, _options.Rate)
            : new FittedNetworks(some, _options.Activation, _calibration.Samples, _options.Rate, _calibration.Start);
    }

    private void Boost(int networksMax)
    {
        int variables = _calibration.Samples.Means.Length;
        var training = new NetworkTraining(
            _calibration.Inputs, variables, _options.Layers, _options.Activation, _options.Alpha, NeuralBoostedOptions.Rules,
            _calibration.Start.Length);
        BoostedResidual residual = _calibration.Residual();
        BoostedResidual judgement = _calibration.Judgement();
        var random = new Mt19937(0);

        // The original takes the first round for better than nothing, whatever it is.
        double best = _options.IsOriginal ? double.PositiveInfinity : judgement.Loss;
        int bestRounds = 0;
        int without = 0;
        while (RoundCount < networksMax && without < NeuralBoostedOptions.Patience)
        {
            random.Seed(unchecked(_options.Seed + (uint)RoundCount));
            Network network = training.Train(random, residual.Values.Values);
            bool isUsable = network.IsFinite;
            _networks.Add(isUsable ? network : null);
            if (isUsable)
            {
                residual.Advance(_options.Rate, training.Predictions);
                judgement.Advance(_options.Rate, Judge(network).View);
                double loss = judgement.Loss;
                without = loss < best ? 0 : without + 1;
                if (loss < best)
                {
                    best = loss;
                    bestRounds = RoundCount;
                }
            }

            _kept.Add(_options.IsOriginal ? RoundCount : bestRounds);
        }
    }

    /// <summary>What a network predicts for the samples that judge, outputs × samples.</summary>
    private Matrix Judge(Network network)
    {
        (double[], double[]) room = network.Room();
        Matrix spectra = _calibration.Validation;
        var predictions = new Matrix(network.OutputCount, spectra.Rows);
        for (int i = 0; i < spectra.Rows; i++)
        {
            ReadOnlySpan<double> own = network.Predict(_options.Activation, spectra.Row(i), room);
            for (int k = 0; k < own.Length; k++)
            {
                predictions[k, i] = own[k];
            }
        }

        return predictions;
    }
}
