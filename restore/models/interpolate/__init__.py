"""What makes frames: the recurrent network and the optical flow it refines.

flow          Two pictures to the two flows between them: Lucas-Kanade steps from coarse to fine, corrected by the
              recurrence.
lucas_kanade  Optical flow by Lucas and Kanade: what the recurrence of the interpolator starts from, step by step.
network       The recurrent network that makes the frame at any time between two.
propagation   Flows that spread: a pixel takes over the flow of one further off where that one explains its
              surroundings better.
recurrence    The recurrence of the interpolator: a ConvGRU that watches Lucas-Kanade steps and corrects them.
stillness     What stands still over moving ground: subtitles, logos, black bars.
warping       Moving pictures along flows: fetching pixels from where a flow points, and pushing values to where
              they go.
"""
